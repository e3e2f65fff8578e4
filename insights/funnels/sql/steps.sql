-- How many attempts reached each step, and how long did that take them? Step 0 is all
-- that entered.
SELECT
    toUInt8(bucket.1) AS kind,
    bucket.2 AS value,
    step,
    count() AS units,
    countIf(step = 0 AND state = 'excluded') AS excluded,
    countIf(step = 0 AND capped) AS capped,
    countIf(step = stop AND state = 'dropped') AS dropped,
    countIf(step = stop AND state = 'pending') AS pending,
    countIf(step > 0 AND done[{previous:Array(UInt8)}[step]] > 0) AS continued,
    if(
        step = 0,
        CAST([], 'Array(Float64)'),
        quantilesExactInclusive(0.5, 0.75, 0.95)(
            bitShiftRight(done[step], 20) - bitShiftRight(walk[1], 20)
        )
    ) AS from_first_ms,
    if(
        continued = 0,
        CAST([], 'Array(Float64)'),
        quantilesExactInclusiveIf(0.5, 0.75, 0.95)(
            bitShiftRight(done[step], 20)
                - bitShiftRight(done[{previous:Array(UInt8)}[step]], 20),
            step > 0 AND done[{previous:Array(UInt8)}[step]] > 0
        )
    ) AS from_previous_ms
FROM
(
    $source
)
ARRAY JOIN arrayPushFront(
    if(
        state = 'excluded',
        CAST([], 'Array(UInt32)'),
        arrayFilter((number, at) -> at > 0, arrayEnumerate(done), done)
    ),
    toUInt32(0)
) AS step
GROUP BY kind, value, step
ORDER BY kind, value, step
