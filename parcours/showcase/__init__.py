"""The demo: a year of a real retailer, and the proof that all of it arrived."""
