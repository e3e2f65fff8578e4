-- How many units reached each step of a funnel, and how long did that take them?
-- Between dollar signs stand fixed texts that insights/funnel_sql.py puts together from
-- its allow-lists; every value is a parameter.
-- `mask` has bit k-1 set where the touchpoint can be step k, bit 31 where it lies in the
-- report's range, so that a walk may begin with it. A walk is the list of its times.
-- acc.1 is the best finished walk so far, acc.2 the walks that can still grow.
SELECT
    step,
    count() AS units,
    countIf(length(best) = step AND NOT open) AS ended,
    countIf(length(best) = step AND open) AS pending,
    quantilesExactInclusive(0.5, 0.75, 0.95)(best[step] - best[1]) AS from_first_ms,
    quantilesExactInclusive(0.5, 0.75, 0.95)(best[step] - best[greatest(step - 1, 1)])
        AS from_previous_ms
FROM
(
    SELECT
        arrayFold(
            (acc, event) -> arrayMap(
                walks -> (
                    if(
                        length(arrayReverseSort(walk -> (length(walk), walk), walks)[1])
                            > length(acc.1),
                        arrayReverseSort(walk -> (length(walk), walk), walks)[1],
                        acc.1
                    ),
                    walks
                ),
                [$advance]
            )[1],
            events,
            (
                CAST([], 'Array(Int64)'),
                arrayWithConstant({walks:UInt16}, CAST([], 'Array(Int64)'))
            )
        ) AS walked,
        walked.1 AS best,
        length(best) < {steps:UInt8} AND arrayExists(
            walk -> notEmpty(walk) AND walk[1] + {window_ms:Int64} >= {as_of_ms:Int64},
            walked.2
        ) AS open
    FROM
    (
        SELECT
            arrayMap(
                event -> (event.1, event.5),
                arraySort(
                    groupArray(
                        (
                            toUnixTimestamp64Milli(occurred_at),
                            seq,
                            toString(source),
                            id,
                            toUInt32($mask)
                        )
                    )
                )
            ) AS events
        FROM touchpoints FINAL
        $redirects
        WHERE tenant = {tenant:String}
            AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
            AND occurred_at <= fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC')
            AND $unit != ''
            AND ($eligible)
            AND $genuine
        GROUP BY $unit
    )
)
ARRAY JOIN range(1, length(best) + 1) AS step
GROUP BY step
ORDER BY step
