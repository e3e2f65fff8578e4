-- How do persons get on from phase to phase? Of those who entered a phase in the range for
-- the first time: how many later entered one that comes after it, and how long that took
-- them. Phases that are entered by silence (dormancy) are no progress; those that nothing
-- follows have no conversion.
SELECT
    phase,
    count() AS entered,
    countIf(next_at > 0) AS moved_on,
    if(has({last:Array(String)}, phase), NULL, round(moved_on / entered, 6)) AS conversion,
    if(moved_on = 0, NULL,
        round(quantileExactInclusiveIf(0.5)(next_at - entered_at, next_at > 0)))
        AS dwell_ms
FROM
(
    SELECT
        {order:Array(String)}[place] AS phase,
        arrayFirst(move -> move.3 = place, moves) AS entry,
        entry.2 AS entered_at,
        arrayFirst(
            move -> move.1 > entry.1 AND move.3 > place
                AND NOT has({silent:Array(String)}, {order:Array(String)}[move.3]),
            moves
        ).2 AS next_at
    FROM
    (
        SELECT
            arraySort(
                groupArray(
                    (
                        transition_no,
                        toUnixTimestamp64Milli(occurred_at),
                        indexOf({order:Array(String)}, toString(to_phase))
                    )
                )
            ) AS moves
        FROM transitions FINAL
        WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
            AND person_id IN (SELECT person FROM ($touchpoints))
        GROUP BY person_id
    )
    ARRAY JOIN arrayEnumerate({order:Array(String)}) AS place
    WHERE entry.1 > 0
        AND entered_at >= {from_ms:Int64} AND entered_at < {to_ms:Int64}
)
GROUP BY phase
ORDER BY phase
