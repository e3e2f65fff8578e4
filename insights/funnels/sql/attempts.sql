-- What became of each attempt, in the terms of the answer. `done` has for each step the
-- touchpoint that did it, 0 where none did; `stop` is the step where it ended.
SELECT
    unit,
    capped,$columns
    if(empty(best), 0, length(best) + entry - 1) AS reach,
    length(far) + $far_entry - 1 > reach AS excluded,
    if(excluded, far, best) AS walk,
    if(excluded, $far_entry, entry) AS begin,
    length(walk) + begin - 1 AS level,
    multiIf(
        excluded, 'excluded',
        reach = {levels:UInt8}, 'converted',
        open, 'pending',
        'dropped'
    ) AS state,
    {required:Array(UInt8)}[level] AS stop,
    arrayResize(
        arrayConcat(arrayWithConstant(begin - 1, toInt64(0)), walk),
        {levels:UInt8},
        toInt64(0)
    ) AS needed,
    $done AS done,
    $bucket AS bucket
FROM
(
    $source
)
WHERE notEmpty(far)
