"""The job, Kafka to Kafka. Read agents.py first: the pipeline on one page.

raw touchpoint → validated, enriched, person named (identify) → re-keyed by person →
deduplicated, sessionized, folded into the journey state (journey) → touchpoints,
sessions, transitions, threads, states, each on its topic.
"""
