"""From a raw record to a touchpoint; start reading at `identify.py`. Pure."""
