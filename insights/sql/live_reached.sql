-- How far has each month's part of the touchpoints come in each log? Answered by a
-- projection: it reads no rows.
SELECT
    toYYYYMM(occurred_at) AS month,
    toString(kafka_log) AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS reached
FROM touchpoints
GROUP BY toYYYYMM(occurred_at), kafka_log, kafka_partition
