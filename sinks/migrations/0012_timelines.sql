-- One row a person, who merged identifiers turned out to be: everything they did, in
-- order, packed. Derived from touchpoints and recomputed by `parcours rollups`; may be
-- dropped and built again. A person that is no more keeps a row with nothing in it.
-- events: epoch milliseconds << 22 | the last 22 bits of cityHash64(type), in the order of
-- time, seq, source and id; what bots and mail proxies did is left out. present: the
-- hashes that occur; signature: a bit for each of them, hash % 64, to pass over most who
-- did something else. Moments of one person hardly compress, and are read all the time:
-- events are not compressed. channels to devices are as long as events and in its order.
-- members: the merged identifiers whose touchpoints are among them.
CREATE TABLE IF NOT EXISTS timelines {on_cluster}
(
    tenant LowCardinality(String),
    person_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(T64, ZSTD(1)),
    newest_at Int64 CODEC(Delta, LZ4),
    signature UInt64,
    present Array(UInt32),
    events Array(UInt64) CODEC(NONE),
    channels Array(LowCardinality(String)),
    stores Array(LowCardinality(String)),
    campaigns Array(LowCardinality(String)),
    devices Array(LowCardinality(String)),
    members Array(String) CODEC(ZSTD(1)),
    person_key UInt64 MATERIALIZED cityHash64(tenant, person_id)
)
ENGINE = {engine_prefix}ReplacingMergeTree(version)
PRIMARY KEY (tenant, person_key)
ORDER BY (tenant, person_key, person_id)
SAMPLE BY person_key;

-- Whose timelines the roll-up under way writes anew; emptied when the next one begins.
CREATE TABLE IF NOT EXISTS touched_persons {on_cluster}
(
    tenant LowCardinality(String),
    person_id String
)
ENGINE = {engine_prefix}ReplacingMergeTree
ORDER BY (tenant, person_id)
