-- How far has each Kafka partition of one log landed, in each month of a table that is
-- partitioned by month? An insert that spans two months is two parts, so it can land by
-- half: one mark for all months would take the other half for landed.
SELECT
    toYYYYMM(occurred_at) AS month,
    kafka_partition,
    max(kafka_offset) AS kafka_offset
FROM {table:Identifier}
WHERE kafka_log = {log:String}
GROUP BY month, kafka_partition, kafka_log
