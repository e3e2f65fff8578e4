-- How many persons reached a step from an entry on a day, by the last earlier day of which
-- the same holds (1970-01-01 for none): over any range of days, those whose earlier day
-- lies before the range are the different persons of the range.
-- open: the person's newest entry still has time. Recomputed, never added to: a cell that
-- is empty now has a row with 0.
CREATE TABLE IF NOT EXISTS funnel_days {on_cluster}
(
    tenant LowCardinality(String),
    definition LowCardinality(String),
    step UInt8,
    entry_day Date,
    previous_day Date,
    open Bool,
    version UInt64 CODEC(T64, ZSTD(1)),
    units UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = {engine_prefix}ReplacingMergeTree(version)
ORDER BY (tenant, definition, step, entry_day, previous_day, open);

-- What has been rolled up last: how far each log had landed, and each tenant's newest
-- touchpoint then. Written after the rows that it speaks of. base: up to this version, no
-- row was replaced by another one.
CREATE TABLE IF NOT EXISTS rollups {on_cluster}
(
    name LowCardinality(String),
    version UInt64,
    base UInt64,
    rolled_at DateTime64(3, 'UTC'),
    as_of Map(LowCardinality(String), Int64),
    marks Map(String, UInt64)
)
ENGINE = {engine_prefix}ReplacingMergeTree(version)
ORDER BY name
