"""Moments of truth: touchpoints after which more, or fewer, persons move on."""
