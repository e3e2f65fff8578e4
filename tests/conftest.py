"""Settings of all tests."""

from hypothesis import settings

# Nothing is timed: a machine may be slow.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
