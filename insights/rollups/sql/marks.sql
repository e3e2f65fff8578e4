-- How far has each log landed, in the tables that roll-ups are made of? Answered from
-- the projections that are committed with the rows.
SELECT concat('touchpoints/', toString(kafka_log), '/', toString(kafka_partition)) AS log,
    max(kafka_offset) AS reached
FROM touchpoints
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT concat('journey_states/', toString(kafka_log), '/', toString(kafka_partition)),
    max(kafka_offset)
FROM journey_states
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT concat('transitions/', toString(kafka_log), '/', toString(kafka_partition)),
    max(kafka_offset)
FROM transitions
GROUP BY kafka_log, kafka_partition
