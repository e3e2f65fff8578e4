-- For every touchpoint type and phase: who had it and moved on, and who could have had it.
-- A person is one row a phase: the first time they were in it. `kind` of the answer:
-- 0 one touchpoint of a person, the landmark; 1 the first touchpoint of a type; 2 a landmark
-- at which the person had had the type already; 3 the person. `at`: type of the landmark.
SELECT
    phase,
    tupleElement(cell, 1) AS kind,
    tupleElement(cell, 2) AS type,
    tupleElement(cell, 3) AS stratum,
    tupleElement(cell, 6) AS at,
    count() AS persons,
    sum(tupleElement(cell, 4)) AS moved,
    min(tupleElement(cell, 5)) AS sample
FROM
(
    SELECT
        phase,
        arrayJoin(arrayConcat(firsts, landmark, befores, whole)) AS cell
    FROM
    (
        SELECT
            phase,
            -- Landmark: drawn before looking at the person, geometric with 0.7, so that
            -- it knows nothing of what comes later.
            1 + toUInt32(floor(
                log((cityHash64(person, phase) % 1000003 + 1) / 1000004) / log(0.7)
            )) AS k,
            arrayFilter(
                t -> t.1 < left_ms AND (t.1 > entered_ms OR (begins AND t.1 = entered_ms)),
                arraySort(touches)
            ) AS inside,
            arrayEnumerate(inside) AS places,
            arrayMap(t -> t.5, inside) AS types,
            arrayMap(
                (t, place) -> (
                    (t.6 ? 0 : 512)
                    + least(multiIf(
                        place <= 5, place, place <= 7, 6, place <= 10, 7,
                        place <= 15, 8, place <= 25, 9, 10
                    ), 15) * 32
                    + multiIf(
                        t.1 - entered_ms < 3600000, 0,
                        t.1 - entered_ms < 86400000, 1,
                        t.1 - entered_ms < 259200000, 2,
                        t.1 - entered_ms < 604800000, 3,
                        t.1 - entered_ms < 1209600000, 4,
                        t.1 - entered_ms < 2592000000, 5,
                        t.1 - entered_ms < 7776000000, 6, 7
                    ) * 2
                    + (place > 1 AND t.1 - inside[place - 1].1 < 1800000)
                ),
                inside, places
            ) AS strata,
            arrayMap(t -> onward AND left_ms <= t.1 + {horizon_ms:Int64}, inside) AS gone,
            arrayMap(
                t -> t.1 >= {from_ms:Int64} AND t.1 + {horizon_ms:Int64} <= {as_of_ms:Int64},
                inside
            ) AS counted,
            arrayFilter(
                (cell, nth, counts) -> nth = 1 AND counts,
                arrayMap(
                    (t, stratum, moved) -> (
                        toUInt8(1), t.5, toUInt32(stratum), toUInt8(moved),
                        concat(t.3, ':', t.4), ''
                    ),
                    inside, strata, gone
                ),
                arrayEnumerateUniq(types), counted
            ) AS firsts,
            if(
                length(inside) >= k AND counted[k],
                [(
                    toUInt8(0), '', toUInt32(strata[k]), toUInt8(gone[k]), '', types[k]
                )],
                []
            ) AS landmark,
            if(
                notEmpty(landmark),
                arrayMap(
                    type -> (
                        toUInt8(2), type, toUInt32(strata[k]), toUInt8(gone[k]), '',
                        types[k]
                    ),
                    arrayDistinct(arraySlice(types, 1, k))
                ),
                []
            ) AS befores,
            if(
                arrayExists(c -> c, counted),
                [(toUInt8(3), '', toUInt32(0), toUInt8(onward), '', '')],
                []
            ) AS whole
        FROM
        (
            SELECT
                person_id,
                spell.1 AS phase,
                spell.2 AS entered_ms,
                spell.3 AS left_ms,
                spell.4 AS begins,
                spell.5 AS onward
            FROM
            (
                SELECT
                    person_id,
                    arraySort(groupArray((
                        transition_no,
                        toUnixTimestamp64Milli(occurred_at),
                        toString(to_phase),
                        from_phase = ''
                    ))) AS steps,
                    arrayJoin(arrayFilter(
                        (spell, nth) -> nth = 1,
                        arrayMap(
                            (step, place) -> (
                                step.3,
                                step.2,
                                if(
                                    place < length(steps),
                                    steps[place + 1].2,
                                    {end_ms:Int64}
                                ),
                                step.4,
                                place < length(steps)
                                AND indexOf({phases:Array(String)}, steps[place + 1].3)
                                    > indexOf({phases:Array(String)}, step.3)
                            ),
                            steps, arrayEnumerate(steps)
                        ),
                        arrayEnumerateUniq(arrayMap(step -> step.3, steps))
                    )) AS spell
                FROM transitions FINAL
                WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
                GROUP BY person_id
            )
            WHERE has({phases:Array(String)}, spell.1)
        ) AS spells
        INNER JOIN
        (
            SELECT
                person,
                groupArray((
                    toUnixTimestamp64Milli(occurred_at),
                    seq,
                    toString(source),
                    id,
                    $label,
                    direction = 'in'
                )) AS touches
            FROM
            (
$touchpoints
            )
            WHERE type NOT IN {control:Array(String)}
                AND cityHash64(person, 'one in') % {one_in:UInt32} = 0
            GROUP BY person
        ) AS theirs ON spells.person_id = theirs.person
    )
)
GROUP BY phase, kind, type, stratum, at
ORDER BY phase, kind, type, stratum, at
