"""Help in the store: what follows visits with it, and comparable visits without."""
