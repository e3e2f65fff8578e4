-- One row a cart, order, return or ticket of a person: the highest revision replaces the
-- others. The person is part of the identity: revisions count within one person's state.
CREATE TABLE IF NOT EXISTS threads {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    kind LowCardinality(String),
    thread_id String CODEC(ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
    status LowCardinality(String),
    since DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    started_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    updated_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    touchpoints UInt32 CODEC(T64, ZSTD(1)),
    cause_source LowCardinality(String),
    cause_id String CODEC(ZSTD(1)),
    cause_type LowCardinality(String),
    cause_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    value_minor Int64 CODEC(T64, ZSTD(1)),
    currency LowCardinality(String),
    steps Array(LowCardinality(String)),
    due_at Nullable(DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    deleted UInt8,
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    PROJECTION hwm
    (
        SELECT kafka_log, kafka_partition, max(kafka_offset), count()
        GROUP BY kafka_log, kafka_partition
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(revision, deleted)
ORDER BY (tenant, person_id, kind, thread_id)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
