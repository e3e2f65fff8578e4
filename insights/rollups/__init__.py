"""Roll-ups: what is recomputed beside the landed tables, so that answers are quick.

Timelines (one row a person) carry ad-hoc funnels; the days of registered funnels are
counted from them. Everything here can be dropped and built again from the touchpoints.
"""
