-- One row a person and journey model: everything they did that counts on the map, in the
-- order of time, seq, source and id, each with the phase they stood in once it had happened
-- (empty before the first one). Derived from touchpoints, redirects and transitions, and
-- recomputed by `parcours rollups`; may be dropped and built again. Left out: bots, mail
-- proxies, control types. Arrays from moments to currencies are of one length; emotions
-- are in millionths, values those of completed orders. step_…: the person's transitions in
-- their order. A person that is no more keeps a row with nothing in it.
CREATE TABLE IF NOT EXISTS trails {on_cluster}
(
    tenant LowCardinality(String),
    model LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(T64, ZSTD(1)),
    moments Array(Int64) CODEC(Delta, LZ4),
    phases Array(LowCardinality(String)),
    types Array(LowCardinality(String)),
    channels Array(LowCardinality(String)),
    stores Array(LowCardinality(String)),
    inward Array(Bool),
    emotions Array(Nullable(Int32)),
    observed Array(Bool),
    evidences Array(LowCardinality(String)),
    sources Array(LowCardinality(String)),
    ids Array(String) CODEC(ZSTD(1)),
    values_minor Array(Nullable(Int64)),
    currencies Array(LowCardinality(String)),
    step_moments Array(Int64) CODEC(Delta, LZ4),
    step_from Array(LowCardinality(String)),
    step_to Array(LowCardinality(String)),
    members Array(String) CODEC(ZSTD(1)),
    person_key UInt64 MATERIALIZED cityHash64(tenant, person_id)
)
ENGINE = {engine_prefix}ReplacingMergeTree(version)
PRIMARY KEY (tenant, model, person_key)
ORDER BY (tenant, model, person_key, person_id)
