-- What those who moved on from a phase in the range bought within the horizon from then on.
SELECT
    from_phase AS phase,
    count() AS moved,
    sumMap(arrayMap(o -> o.3, bought), arrayMap(o -> o.2, bought)) AS summed,
    tupleElement(summed, 1) AS currencies,
    tupleElement(summed, 2) AS values_minor
FROM
(
    SELECT
        from_phase,
        arrayFilter(
            o -> o.1 >= at_ms AND o.1 <= at_ms + {horizon_ms:Int64}, orders
        ) AS bought
    FROM
    (
$moves
    ) AS moves
    LEFT JOIN
    (
        SELECT
            person,
            groupArray((toUnixTimestamp64Milli(told.1), minor, currency)) AS orders
        FROM
        (
$orders
        )
        WHERE currency != ''
        GROUP BY person
    ) AS theirs ON moves.person_id = theirs.person
    WHERE indexOf({phases:Array(String)}, from_phase) > 0
        AND indexOf({phases:Array(String)}, to_phase)
            > indexOf({phases:Array(String)}, from_phase)
        AND at_ms >= {from_ms:Int64}
        AND at_ms < {end_ms:Int64}
        AND at_ms + {horizon_ms:Int64} <= {as_of_ms:Int64}
)
GROUP BY from_phase
