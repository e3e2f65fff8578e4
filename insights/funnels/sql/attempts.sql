-- What became of each attempt, in the terms of the answer. `done` has for each step the
-- touchpoint that did it, 0 where none did; `stop` is the step where it ended.
SELECT
    unit,
    capped,$columns
    walk,
    state,
    {required:Array(UInt8)}[level] AS stop,
    $done AS done,
    $bucket AS bucket
FROM
(
    SELECT
        *,
        begin + length(walk) - 1 AS level,
        arrayResize(
            arrayConcat(arrayWithConstant(begin - 1, toInt64(0)), walk),
            {levels:UInt8},
            toInt64(0)
        ) AS needed,
        multiIf(
            excluded, 'excluded',
            reach = {levels:UInt8}, 'converted',
            open, 'pending',
            'dropped'
        ) AS state
    FROM
    (
        SELECT
            *,
            if(excluded, far, best) AS walk,
            if(excluded, $far_entry, entry) AS begin
        FROM
        (
            SELECT
                *,
                if(empty(best), 0, length(best) + entry - 1) AS reach,
                length(far) + $far_entry - 1 > reach AS excluded
            FROM
            (
                $source
            )
            WHERE notEmpty(far)
        )
    )
)
