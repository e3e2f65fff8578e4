-- One row a touchpoint; its identity is the whole sorting key, so a replay, a re-sent
-- insert or a second delivery collapses into one row (read with FINAL).
-- person_key is a uniform hash: it keeps the index small and carries SAMPLE BY.
-- version: a row that took part in the journey beats a late one, then the newest record.
-- hwm is committed with the rows of a part: how far each Kafka partition has landed.
CREATE TABLE IF NOT EXISTS touchpoints {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    seq UInt32 CODEC(T64, ZSTD(1)),
    source LowCardinality(String),
    id String CODEC(ZSTD(1)),
    type LowCardinality(String),
    channel LowCardinality(String),
    direction LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    phase LowCardinality(String),
    late Bool,
    emotion Nullable(Float32),
    emotion_observed Bool,
    emotion_evidence LowCardinality(String),
    emotion_about String CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    sent_at Nullable(DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    customer_id String CODEC(ZSTD(1)),
    loyalty_id String CODEC(ZSTD(1)),
    email_hash String CODEC(ZSTD(1)),
    phone_hash String CODEC(ZSTD(1)),
    device_id String CODEC(ZSTD(1)),
    anonymous_id String CODEC(ZSTD(1)),
    store_id LowCardinality(String),
    place String CODEC(ZSTD(1)),
    campaign_source LowCardinality(String),
    campaign_medium LowCardinality(String),
    campaign_name LowCardinality(String),
    campaign_content String CODEC(ZSTD(1)),
    campaign_term String CODEC(ZSTD(1)),
    campaign_id String CODEC(ZSTD(1)),
    session_hint String CODEC(ZSTD(1)),
    cart_id String CODEC(ZSTD(1)),
    order_id String CODEC(ZSTD(1)),
    ticket_id String CODEC(ZSTD(1)),
    value_minor Nullable(Int64) CODEC(T64, ZSTD(1)),
    currency LowCardinality(String),
    consent Map(LowCardinality(String), Bool),
    device_class LowCardinality(String),
    bot Bool,
    machine Bool,
    referrer LowCardinality(String),
    properties String CODEC(ZSTD(1)),
    raw_log LowCardinality(String),
    raw_partition UInt16,
    raw_offset UInt64 CODEC(Delta, ZSTD(1)),
    kafka_log LowCardinality(String),
    kafka_partition UInt16,
    kafka_offset UInt64 CODEC(Delta, ZSTD(1)),
    person_key UInt64 MATERIALIZED cityHash64(tenant, person_id),
    version UInt64 MATERIALIZED
        toUInt64(toUnixTimestamp64Milli(received_at)) + if(late, 0, 1000000000000000)
        CODEC(Delta, ZSTD(1)),
    PROJECTION hwm
    (
        SELECT
            toYYYYMM(occurred_at), kafka_log, kafka_partition,
            max(kafka_offset), count()
        GROUP BY toYYYYMM(occurred_at), kafka_log, kafka_partition
    )
)
ENGINE = {engine_prefix}ReplacingMergeTree(version)
PARTITION BY toYYYYMM(occurred_at)
PRIMARY KEY (tenant, person_key, occurred_at)
ORDER BY (tenant, person_key, occurred_at, person_id, source, id)
SAMPLE BY person_key
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
