"""The landing: Kafka to ClickHouse, each record's row once.

Read `consumer.py` first: poll, batch, write, commit, measure. This package knows
nothing of `streams`; the two meet in Kafka only.
"""
