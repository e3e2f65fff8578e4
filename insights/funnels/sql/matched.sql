-- Which touchpoints were taken as the steps of a unit's attempts?
SELECT
    unit,
    state,
    toUInt8(stop) AS stop,
    toUInt8(bucket.1) AS kind,
    bucket.2 AS value,
    toUInt8(step) AS step,
    bitShiftRight(done[step], 20) AS occurred_at,
    kept[bitAnd(done[step], 1048575)].3 AS source,
    kept[bitAnd(done[step], 1048575)].4 AS id,
    walk[1] AS attempt
FROM
(
    $source
)
ARRAY JOIN arrayFilter((number, at) -> at > 0, arrayEnumerate(done), done) AS step
ORDER BY unit, walk, bucket, step
