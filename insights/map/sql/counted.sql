    SELECT
        multiIf(
            grouping(phase) = 1 AND grouping(channel) = 1, 'all',
            grouping(phase) = 1, 'lane',
            grouping(channel) = 1 AND grouping(type) = 1, 'phase',
            grouping(type) = 1, 'channel',
            grouping(channel) = 1, 'type',
            'cell'
        ) AS level,
        phase,
        channel,
        type,
        count() AS touchpoints,
        uniqExact(person) AS persons,
        uniqExact(type) AS types,
        countIf(isNotNull(emotion) AND said) AS observed,
        sumIf(assumeNotNull(emotion), isNotNull(emotion) AND said) AS observed_sum,
        countIf(isNotNull(emotion) AND NOT said) AS inferred,
        sumIf(assumeNotNull(emotion), isNotNull(emotion) AND NOT said) AS inferred_sum,
        countIf(has({planned:Array(String)}, concat(phase, ':', type))) AS expected
    FROM
    (
        SELECT
            touched.person AS person,
            toString(touched.channel) AS channel,
            toString(touched.type) AS type,
            toInt32(round(touched.emotion * 1000000)) AS emotion,
            touched.emotion_observed AS said,
            phases.phase AS phase
        FROM ($touchpoints) AS touched
        ASOF INNER JOIN ($phases) AS phases
            ON touched.person = phases.person_id
            AND touched.occurred_at >= phases.entered_at
        WHERE touched.type NOT IN {control:Array(String)}
    )
    GROUP BY GROUPING SETS
    (
        (phase, channel, type),
        (phase, channel),
        (phase, type),
        (phase),
        (channel),
        ()
    )
    HAVING touchpoints > 0
