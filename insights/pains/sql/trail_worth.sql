-- The rows of worth.sql, from trails.
SELECT
    phase,
    count() AS moved,
    sumMap(arrayMap(o -> o.3, bought), arrayMap(o -> o.2, bought)) AS summed,
    tupleElement(summed, 1) AS currencies,
    tupleElement(summed, 2) AS values_minor
FROM
(
    SELECT
        tupleElement(left_at, 1) AS phase,
        arrayFilter(
            o -> o.1 >= left_at.2 AND o.1 <= left_at.2 + {horizon_ms:Int64}, orders
        ) AS bought
    FROM
    (
        SELECT
            arrayFilter(
                o -> o.3 != '',
                arrayMap(
                    (moment, value, currency) -> (
                        moment,
                        assumeNotNull(value),
                        if(isNull(value), '', toString(currency))
                    ),
                    moments, trails.values_minor, trails.currencies
                )
            ) AS orders,
            arrayFilter(
                s -> s.4 > 0 AND s.5 > s.4 AND s.2 + {horizon_ms:Int64} <= {as_of_ms:Int64},
                arrayMap(
                    (before, moment, after) -> (
                        toString(before),
                        moment,
                        toString(after),
                        indexOf({phases:Array(String)}, before),
                        indexOf({phases:Array(String)}, after)
                    ),
                    step_from, step_moments, step_to
                )
            ) AS moves
        FROM
        (
$trails
        ) AS trails
    )
    ARRAY JOIN moves AS left_at
)
GROUP BY phase
