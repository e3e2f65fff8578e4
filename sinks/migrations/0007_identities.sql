-- One row an identifier of which links are known: what it is merged into, and why.
CREATE TABLE IF NOT EXISTS identities {on_cluster}
(
    tenant LowCardinality(String),
    identifier String CODEC(ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
    linked_to String CODEC(ZSTD(1)),
    shared Bool,
    seen_with Map(String, Int64),
    implied_by Map(String, String),
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    PROJECTION hwm
    (
        SELECT kafka_log, kafka_partition, max(kafka_offset), count()
        GROUP BY kafka_log, kafka_partition
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(revision)
ORDER BY (tenant, identifier)
SETTINGS index_granularity = 512, deduplicate_merge_projection_mode = 'rebuild'
