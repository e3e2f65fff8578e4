-- Every stay of a person in a phase: one row a transition, until the next one.
-- rank is the phase's place in the model's order, 0 for one beside it (silence).
-- first: the person's first entry into this phase within the range. beyond_ms: when the
-- person first got beyond the phase after that; beside the order, back into it.
SELECT
    person,
    path[i].3 AS phase,
    path[i].2 AS entered_ms,
    path[i].4 AS channel,
    path[i].5 AS store,
    i = length(path) AS open,
    if(open, '', path[i + 1].3) AS next_phase,
    if(open, {as_of_ms:Int64}, path[i + 1].2) AS left_ms,
    indexOf({order:Array(String)}, phase) AS rank,
    entered_ms >= {from_ms:Int64} AND entered_ms < {end_ms:Int64} AS in_range,
    in_range AND NOT arrayExists(
        earlier -> earlier.3 = phase AND earlier.2 >= {from_ms:Int64},
        arraySlice(path, 1, i - 1)
    ) AS first,
    arrayFirst(
        later -> if(
            rank = 0,
            indexOf({order:Array(String)}, later.3) > 0,
            indexOf({order:Array(String)}, later.3) > rank
        ),
        arraySlice(path, i + 1)
    ).2 AS beyond_ms,
    path[-1].3 = phase AS still_here
FROM
(
    SELECT
        person_id AS person,
        arraySort(
            groupArray(
                (
                    transition_no,
                    toUnixTimestamp64Milli(occurred_at),
                    toString(to_phase),
                    $channel,
                    $store
                )
            )
        ) AS path
    FROM transitions FINAL
    $causes
    WHERE tenant = {tenant:String}
        AND model = {model:String}
        AND deleted = 0
        AND occurred_at <= fromUnixTimestamp64Milli({as_of_ms:Int64}, 'UTC')
        AND $persona
    GROUP BY person_id
)
ARRAY JOIN arrayEnumerate(path) AS i
