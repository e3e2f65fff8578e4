-- A journey state for each person of a slice; small, since nothing of it is asked here.
INSERT INTO journey_states
(
    tenant, person_id, revision, phase, touchpoints, first_at, last_at, orders, facts,
    state, kafka_log, kafka_partition, kafka_offset
)
SELECT
    'default', person_id, 1, 'acquisition', count(), min(occurred_at), max(occurred_at),
    countIf(type = 'order_completed'), '{}', '{}', 'bench', 0, 0
FROM touchpoints
WHERE tenant = 'default' AND person_key BETWEEN {first:UInt64} AND {last:UInt64}
GROUP BY person_id
