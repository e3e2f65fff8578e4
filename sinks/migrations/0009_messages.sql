-- One row a message, whoever its person turns out to be: the highest revision is true.
-- Times that never came are 1970. The filter finds the messages of one person.
CREATE TABLE IF NOT EXISTS messages {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    message_id String CODEC(ZSTD(1)),
    revision UInt64 CODEC(T64, ZSTD(1)),
    status LowCardinality(String),
    rule LowCardinality(String),
    rule_version UInt32 CODEC(T64, ZSTD(1)),
    purpose LowCardinality(String),
    channels Array(LowCardinality(String)),
    key String CODEC(ZSTD(1)),
    cause_source LowCardinality(String),
    cause_id String CODEC(ZSTD(1)),
    cause_type LowCardinality(String),
    cause_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    due_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    expires_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    reason LowCardinality(String),
    template LowCardinality(String),
    sent_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    delivered_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    opened_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    clicked_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    bounced_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    converted_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    INDEX person person_id TYPE bloom_filter GRANULARITY 1,
    PROJECTION hwm
    (
        SELECT kafka_log, kafka_partition, max(kafka_offset), count()
        GROUP BY kafka_log, kafka_partition
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(revision)
ORDER BY (tenant, message_id)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
