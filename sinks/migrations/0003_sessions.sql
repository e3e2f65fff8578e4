-- One row a session: the highest revision replaces the others, whoever it is of: a session
-- goes over to another person when two turn out to be one. Hence the second order, by
-- person, in which their sessions are found. Not partitioned: a late touchpoint may move
-- started_at, and rows in two partitions would never merge.
CREATE TABLE IF NOT EXISTS sessions {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
    status LowCardinality(String),
    kind LowCardinality(String),
    place String CODEC(ZSTD(1)),
    channel LowCardinality(String),
    started_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ended_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    touchpoints UInt32 CODEC(T64, ZSTD(1)),
    entry_type LowCardinality(String),
    exit_type LowCardinality(String),
    orders UInt32 CODEC(T64, ZSTD(1)),
    value_minor Int64 CODEC(T64, ZSTD(1)),
    currency LowCardinality(String),
    campaign LowCardinality(String),
    engaged Bool,
    superseded_by String CODEC(ZSTD(1)),
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    PROJECTION hwm
    (
        SELECT kafka_log, kafka_partition, max(kafka_offset), count()
        GROUP BY kafka_log, kafka_partition
    ),
    PROJECTION persons
    (
        SELECT tenant, person_id, session_id
        ORDER BY tenant, person_id
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(revision)
ORDER BY (tenant, session_id)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
