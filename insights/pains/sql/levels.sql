-- How many persons of a phase had a touchpoint, or a friction, at all, by store and by
-- month; an empty label is any touchpoint, an empty group is everywhere.
SELECT
    phase,
    tupleElement(place, 1) AS by,
    tupleElement(place, 2) AS which,
    label,
    uniqExact(person) AS persons
FROM
(
    SELECT
        phase,
        person,
        arrayJoin(arrayFilter(
            p -> p.2 != '' OR p.1 = '',
            [
                ('', ''),
                ('store', store),
                ('month', formatDateTime(toTimeZone(at, {timezone:String}), '%Y-%m'))
            ]
        )) AS place,
        arrayJoin(arrayDistinct(['', type, friction])) AS label
    FROM
    (
        SELECT
            touched.person AS person,
            phases.phase AS phase,
            touched.occurred_at AS at,
            toString(touched.store_id) AS store,
            toString(touched.type) AS type,
            if(
                startsWith(touched.emotion_evidence, 'friction:'),
                toString(touched.emotion_evidence),
                ''
            ) AS friction
        FROM
        (
$touchpoints
        ) AS touched
        ASOF INNER JOIN
        (
$phases
        ) AS phases
            ON touched.person = phases.person_id
            AND touched.occurred_at >= phases.entered_at
        WHERE touched.type NOT IN {control:Array(String)}
    )
)
WHERE label = '' OR label IN {labels:Array(String)}
GROUP BY phase, by, which, label
