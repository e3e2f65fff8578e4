-- The rows of levels.sql, from trails: the first touchpoints of each person in each place,
-- with each label, counted in cells that are added up.
SELECT
    phase,
    tupleElement(place, 1) AS by,
    tupleElement(place, 2) AS which,
    tupleElement(place, 3) AS label,
    sum(tupleElement(place, 4)) AS persons
FROM
(
    SELECT
        toString(one_phase) AS phase,
        concat(
            toString(intDiv(month, 100)), '-', leftPad(toString(month % 100), 2, '0')
        ) AS month_name,
        toString(one_store) AS store,
        toString(one_type) AS type,
        toString(one_friction) AS friction,
        arrayJoin(arrayFilter(
            cell -> cell.4 > 0,
            [
                ('', '', '', anywhere),
                ('store', store, '', if(store = '', 0, in_store)),
                ('month', month_name, '', in_month),
                ('', '', type, if(type = '', 0, typed_anywhere)),
                ('store', store, type, if(store = '' OR type = '', 0, typed_in_store)),
                ('month', month_name, type, if(type = '', 0, typed_in_month)),
                ('', '', friction, if(friction = '', 0, hurt_anywhere)),
                (
                    'store', store, friction,
                    if(store = '' OR friction = '', 0, hurt_in_store)
                ),
                ('month', month_name, friction, if(friction = '', 0, hurt_in_month))
            ]
        )) AS place
    FROM
    (
        SELECT
            one_phase,
            month,
            one_store,
            one_type,
            one_friction,
            countIf(nth = 1) AS anywhere,
            countIf(nth_store = 1) AS in_store,
            countIf(nth_month = 1) AS in_month,
            countIf(nth_typed = 1) AS typed_anywhere,
            countIf(nth_typed_store = 1) AS typed_in_store,
            countIf(nth_typed_month = 1) AS typed_in_month,
            countIf(nth_hurt = 1) AS hurt_anywhere,
            countIf(nth_hurt_store = 1) AS hurt_in_store,
            countIf(nth_hurt_month = 1) AS hurt_in_month
        FROM
        (
            SELECT
                phases,
                stores,
                arrayMap(phase -> cityHash64(phase), phases) AS p,
                arrayMap(store -> cityHash64(store), stores) AS s,
                arrayMap(
                    moment -> toYYYYMM(toTimeZone(
                        fromUnixTimestamp64Milli(moment, 'UTC'), {timezone:String}
                    )),
                    moments
                ) AS months,
                arrayMap(
                    type -> if(type IN {labels:Array(String)}, type, ''), types
                ) AS typed,
                arrayMap(
                    evidence -> if(
                        startsWith(evidence, 'friction:')
                            AND evidence IN {labels:Array(String)},
                        evidence,
                        ''
                    ),
                    evidences
                ) AS hurts,
                arrayMap(type -> cityHash64(type), typed) AS t,
                arrayMap(hurt -> cityHash64(hurt), hurts) AS h
            FROM
            (
$trails
            )
        )
        ARRAY JOIN
            phases AS one_phase,
            months AS month,
            stores AS one_store,
            typed AS one_type,
            hurts AS one_friction,
            arrayEnumerateUniq(p) AS nth,
            arrayEnumerateUniq(arrayMap((a, b) -> cityHash64(a, b), p, s)) AS nth_store,
            arrayEnumerateUniq(arrayMap((a, b) -> cityHash64(a, b), p, months))
                AS nth_month,
            arrayEnumerateUniq(arrayMap((a, b) -> cityHash64(a, b), p, t)) AS nth_typed,
            arrayEnumerateUniq(arrayMap((a, b, c) -> cityHash64(a, b, c), p, s, t))
                AS nth_typed_store,
            arrayEnumerateUniq(arrayMap((a, b, c) -> cityHash64(a, b, c), p, months, t))
                AS nth_typed_month,
            arrayEnumerateUniq(arrayMap((a, b) -> cityHash64(a, b), p, h)) AS nth_hurt,
            arrayEnumerateUniq(arrayMap((a, b, c) -> cityHash64(a, b, c), p, s, h))
                AS nth_hurt_store,
            arrayEnumerateUniq(arrayMap((a, b, c) -> cityHash64(a, b, c), p, months, h))
                AS nth_hurt_month
        WHERE one_phase != ''
        GROUP BY one_phase, month, one_store, one_type, one_friction
    )
)
GROUP BY phase, by, which, label
