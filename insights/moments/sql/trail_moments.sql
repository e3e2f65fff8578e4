-- The rows of moments.sql, from trails: what a person did is in order already, and what
-- happened inside a phase is a piece of it. Touchpoints may have several labels, which are
-- looked at apart: by type, by friction. label: which of them.
SELECT
    label,
    phase,
    kind,
    type,
    stratum,
    at,
    count() AS persons,
    sum(moved) AS moved,
    min(sample) AS sample
FROM
(
    SELECT
        label,
        phase,
        cell.1 AS kind,
        cell.2 AS type,
        cell.3 AS stratum,
        cell.4 AS moved,
        cell.5 AS at,
        sample
    FROM
    (
        SELECT
            label,
            phase,
            arraySlice(named, from_place, inside) AS types,
            arrayMap(
                (nth, counts) -> nth = 1 AND counts, arrayEnumerateUniq(types), counted
            ) AS first,
            arrayMap(
                (type, stratum, moved) -> (toUInt8(1), type, stratum, moved, ''),
                arrayFilter((one, keep) -> keep, types, first),
                arrayFilter((one, keep) -> keep, strata, first),
                arrayFilter((one, keep) -> keep, gone, first)
            ) AS firsts,
            arrayMap(
                (source, id) -> concat(source, ':', id),
                arrayFilter((one, keep) -> keep, arraySlice(sources, from_place, inside), first),
                arrayFilter((one, keep) -> keep, arraySlice(ids, from_place, inside), first)
            ) AS samples,
            if(
                inside >= k AND counted[k],
                arrayConcat(
                    [(toUInt8(0), '', strata[k], gone[k], types[k])],
                    arrayMap(
                        type -> (toUInt8(2), type, strata[k], gone[k], types[k]),
                        arrayDistinct(arraySlice(types, 1, k))
                    )
                ),
                []
            ) AS landmark,
            whole
        FROM
        (
            SELECT
                phase,
                labels,
                sources,
                ids,
                from_place,
                inside,
                1 + toUInt32(floor(
                    log((cityHash64(person_id, phase) % 1000003 + 1) / 1000004) / log(0.7)
                )) AS k,
                arraySlice(moments, from_place, inside) AS times,
                arraySlice(inward, from_place, inside) AS coming,
                arrayEnumerate(times) AS places,
                arrayDifference(times) AS gaps,
                arrayMap(
                    (moment, place, gap, comes) -> toUInt32(
                        (comes ? 0 : 512)
                        + multiIf(
                            place <= 5, place, place <= 7, 6, place <= 10, 7,
                            place <= 15, 8, place <= 25, 9, 10
                        ) * 32
                        + multiIf(
                            moment - entered_ms < 3600000, 0,
                            moment - entered_ms < 86400000, 1,
                            moment - entered_ms < 259200000, 2,
                            moment - entered_ms < 604800000, 3,
                            moment - entered_ms < 1209600000, 4,
                            moment - entered_ms < 2592000000, 5,
                            moment - entered_ms < 7776000000, 6, 7
                        ) * 2
                        + (place > 1 AND gap < 1800000)
                    ),
                    times, places, gaps, coming
                ) AS strata,
                arrayMap(moment -> toUInt8(onward AND left_ms <= moment + {horizon_ms:Int64}), times) AS gone,
                arrayMap(
                    moment -> moment >= {from_ms:Int64} AND moment + {horizon_ms:Int64} <= {as_of_ms:Int64},
                    times
                ) AS counted,
                if(
                    arrayExists(c -> c, counted),
                    [(toUInt8(3), '', toUInt32(0), toUInt8(onward), '')],
                    []
                ) AS whole
            FROM
            (
                SELECT
                    person_id, sources, ids, moments, inward,
                    [$labels] AS labels,
                    spell.1 AS phase,
                    spell.2 AS entered_ms,
                    spell.3 AS left_ms,
                    spell.4 AS begins,
                    spell.5 AS onward,
                    1 + arrayCount(m -> m < entered_ms + NOT begins, moments) AS from_place,
                    toInt64(arrayCount(m -> m < left_ms, moments)) - from_place + 1 AS inside
                FROM
                (
                    SELECT *,
                        arrayFilter(
                            (spell, nth) -> nth = 1 AND has({phases:Array(String)}, spell.1),
                            arrayMap(
                                (phase, entered, from, place) -> (
                                    phase,
                                    entered,
                                    if(place < length(step_to), step_moments[place + 1], {end_ms:Int64}),
                                    from = '',
                                    place < length(step_to)
                                    AND indexOf({phases:Array(String)}, step_to[place + 1])
                                        > indexOf({phases:Array(String)}, phase)
                                ),
                                step_to, step_moments, step_from, arrayEnumerate(step_to)
                            ),
                            arrayEnumerateUniq(step_to)
                        ) AS spells
                    FROM
                    (
$trails
                    )
                    WHERE cityHash64(person_id, 'one in') % {one_in:UInt32} = 0
                )
                ARRAY JOIN spells AS spell
            )
            WHERE inside > 0
        )
        ARRAY JOIN labels AS named, arrayEnumerate(labels) AS label
    )
    ARRAY JOIN
        arrayConcat(firsts, landmark, whole) AS cell,
        arrayResize(samples, length(firsts) + length(landmark) + length(whole), '') AS sample
)
GROUP BY label, phase, kind, type, stratum, at
ORDER BY label, phase, kind, type, stratum, at
