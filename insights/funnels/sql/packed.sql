-- The rows of steps.sql from the timelines, where every touchpoint can be one step at
-- most: then a walk is known by its start, the newest start is all that is carried, and
-- each step is one pass over an array of numbers. Between dollar signs stand fixed texts
-- of insights/funnels/packed.py; event >> 22 is a time, event & 4194303 a type.
SELECT
    toUInt8(bucket.1) AS kind,
    bucket.2 AS value,
    toUInt32(step) AS step,
    reached[step + 1] AS units,
    toUInt64(0) AS excluded,
    if(step = 0, capped_persons, 0) AS capped,
    if(step = 0 OR step = {steps:UInt8}, 0, reached[step + 1] - reached[step + 2] - waiting[step])
        AS dropped,
    if(step = 0 OR step = {steps:UInt8}, 0, waiting[step]) AS pending,
    if(step = 0, 0, units) AS continued,
    if(step = 0, CAST([], 'Array(Float64)'), from_first[step]) AS from_first_ms,
    if(step = 0, CAST([], 'Array(Float64)'), from_previous[step]) AS from_previous_ms
FROM
(
    $counted
)
ARRAY JOIN range(0, {steps:UInt8} + 1) AS step
WHERE units > 0
ORDER BY kind, value, step
