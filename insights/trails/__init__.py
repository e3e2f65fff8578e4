"""Trails: what every person did, phase by phase, put together before anybody asks."""
