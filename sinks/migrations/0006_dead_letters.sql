-- One row a refused record, keyed by the record's own coordinates.
CREATE TABLE IF NOT EXISTS dead_letters {on_cluster}
(
    log LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64 CODEC(Delta, ZSTD(1)),
    stage LowCardinality(String),
    reason LowCardinality(String),
    detail String CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    payload String CODEC(NONE),
    payload_bytes UInt32 CODEC(T64, ZSTD(1)),
    truncated Bool,
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
ORDER BY (log, topic, partition, offset)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
