-- One row a change of phase; a later revision may correct it, or delete it.
CREATE TABLE IF NOT EXISTS transitions {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    model LowCardinality(String),
    model_version UInt32 CODEC(T64, ZSTD(1)),
    transition_no UInt32 CODEC(T64, ZSTD(1)),
    from_phase LowCardinality(String),
    to_phase LowCardinality(String),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    rule LowCardinality(String),
    cause_source LowCardinality(String),
    cause_id String CODEC(ZSTD(1)),
    cause_type LowCardinality(String),
    cause_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
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
ORDER BY (tenant, person_id, model, transition_no)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
