"""The journey map: what happens in each phase, on which channel, and how it feels."""
