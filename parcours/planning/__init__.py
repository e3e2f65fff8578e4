"""Another journey model: what it would change, and making it so."""
