-- A number of the stays in a phase that began in a period. A person counts with the first.
-- known: stays that tell it; pending: who may still move on within the horizon.
SELECT $value AS value, $known AS known, $pending AS pending
FROM
(
    SELECT
        person_id,
        entered.2 AS entered_ms,
        left_at.2 AS left_ms,
        left_ms > 0 AS over,
        over AND indexOf({phases:Array(String)}, left_at.3)
            > indexOf({phases:Array(String)}, {phase:String}) AS onward,
        entered_ms + {horizon_ms:Int64} <= {as_of_ms:Int64} AS settled
    FROM
    (
        SELECT
            person_id,
            arraySort(groupArray((
                transition_no,
                toUnixTimestamp64Milli(occurred_at),
                toString(to_phase)
            ))) AS steps,
            arrayFirstIndex(
                step -> step.3 = {phase:String}
                    AND step.2 >= {from_ms:Int64} AND step.2 < {to_ms:Int64},
                steps
            ) AS place,
            steps[place] AS entered,
            steps[place + 1] AS left_at
        FROM transitions FINAL
        WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
            AND occurred_at <= fromUnixTimestamp64Milli({as_of_ms:Int64}, 'UTC')
            AND $among
        GROUP BY person_id
    )
    WHERE place > 0
)
