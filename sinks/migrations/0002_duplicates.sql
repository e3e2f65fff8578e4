-- One row a touchpoint that had been received before, keyed by its raw record.
CREATE TABLE IF NOT EXISTS duplicates {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    source LowCardinality(String),
    id String CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    raw_log LowCardinality(String),
    raw_partition UInt16,
    raw_offset UInt64 CODEC(Delta, ZSTD(1)),
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    PROJECTION hwm
    (
        SELECT kafka_log, kafka_partition, max(kafka_offset), count()
        GROUP BY kafka_log, kafka_partition
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(kafka_offset)
ORDER BY (raw_log, raw_partition, raw_offset)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
