-- How far has each Kafka partition of one log landed in a table that is not partitioned?
-- Answered by the table's hwm projection.
SELECT
    toUInt32(0) AS month,
    kafka_partition,
    max(kafka_offset) AS kafka_offset
FROM {table:Identifier}
WHERE kafka_log = {log:String}
GROUP BY kafka_partition, kafka_log
