"""A made-up retailer's year of touchpoints, with its truth: seeded, the same everywhere."""
