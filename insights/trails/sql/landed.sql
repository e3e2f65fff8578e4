-- How far has each log landed, month by month, in the tables that trails are made of?
-- Answered from the projections that are committed with the rows.
SELECT
    'touchpoints' AS place,
    toYYYYMM(occurred_at) AS month,
    toString(kafka_log) AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS reached
FROM touchpoints
GROUP BY month, kafka_log, kafka_partition
UNION ALL
SELECT 'journey_states', 0, toString(kafka_log), kafka_partition, max(kafka_offset)
FROM journey_states
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT 'transitions', 0, toString(kafka_log), kafka_partition, max(kafka_offset)
FROM transitions
GROUP BY kafka_log, kafka_partition
