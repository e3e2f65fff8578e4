"""From files to raw touchpoints on the broker."""
