"""What holds for every test."""

from hypothesis import settings

# A slow machine is no failure: nothing here is timed.
settings.register_profile("untimed")
settings.load_profile("untimed")
