"""Benchmarks: one run, one broker, the same generated touchpoints for everybody."""
