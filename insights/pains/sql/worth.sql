-- What those who moved on from a phase bought within the horizon from then on.
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
            person_id,
            arraySort(groupArray((
                transition_no,
                toUnixTimestamp64Milli(occurred_at),
                toString(from_phase),
                toString(to_phase)
            ))) AS steps,
            arrayJoin(arrayMap(
                s -> (s.3, s.2),
                arrayFilter(
                    s -> indexOf({phases:Array(String)}, s.3) > 0
                        AND indexOf({phases:Array(String)}, s.4)
                            > indexOf({phases:Array(String)}, s.3)
                        AND s.2 + {horizon_ms:Int64} <= {as_of_ms:Int64},
                    steps
                )
            )) AS left_at
        FROM transitions FINAL
        WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
            AND ($among)
        GROUP BY person_id
    ) AS moves
    LEFT JOIN
    (
        SELECT
            person,
            groupArray((
                toUnixTimestamp64Milli(occurred_at),
                assumeNotNull(value_minor),
                toString(currency)
            )) AS orders
        FROM
        (
$touchpoints
        )
        WHERE type = 'order_completed' AND currency != '' AND isNotNull(value_minor)
        GROUP BY person
    ) AS theirs ON moves.person_id = theirs.person
)
GROUP BY phase
