-- One row a person: the newest journey state, for look-ups (hence the fine index).
-- An identifier that turned out to be another person's has a row too, with merged_into.
-- blank: nothing has been folded under this name. members: identifiers whose touchpoints
-- are this person's.
CREATE TABLE IF NOT EXISTS journey_states {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
    phase LowCardinality(String),
    phase_since DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    touchpoints UInt32 CODEC(T64, ZSTD(1)),
    first_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    last_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    orders UInt32 CODEC(T64, ZSTD(1)),
    value_minor Map(LowCardinality(String), Int64),
    counts Map(LowCardinality(String), UInt32),
    channels Map(LowCardinality(String), UInt32),
    sessions_total UInt32 CODEC(T64, ZSTD(1)),
    facts String CODEC(ZSTD(1)),
    consent Map(LowCardinality(String), Bool),
    late UInt32 CODEC(T64, ZSTD(1)),
    emotions_observed UInt32 CODEC(T64, ZSTD(1)),
    emotions_observed_sum Float64,
    emotions_observed_last Nullable(Float32),
    emotions_inferred UInt32 CODEC(T64, ZSTD(1)),
    emotions_inferred_sum Float64,
    emotions_inferred_last Nullable(Float32),
    merged_into String CODEC(ZSTD(1)),
    blank Bool,
    members Array(String) CODEC(ZSTD(1)),
    state String CODEC(ZSTD(1)),
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
ORDER BY (tenant, person_id)
SETTINGS index_granularity = 512, deduplicate_merge_projection_mode = 'rebuild'
