-- Who stands behind a number of a funnel? The same attempts, a page of them.
SELECT
    unit,
    state,
    toUInt8(stop) AS step,
    bitShiftRight(walk[1], 20) AS entered_at,
    bitShiftRight(walk[-1], 20) AS last_at,
    toUInt8(bucket.1) AS kind,
    bucket.2 AS value
FROM
(
    $source
)
WHERE $wanted
ORDER BY unit, walk, bucket
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
