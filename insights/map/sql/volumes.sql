-- How much happens where, and how does it feel: the touchpoints of a scope, counted by
-- phase, channel and type at once. `level` says what a row is about; a key that it does
-- not break down by is empty. A touchpoint lies in the phase that its person stands in
-- once it has happened, by the transitions as they are known now.
SELECT
    *,
    if(
        phase = '',
        NULL,
        round(persons / maxIf(persons, level = 'phase') OVER (PARTITION BY phase), 6)
    ) AS share
FROM
(
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
        countIf(isNotNull(emotion) AND emotion_observed) AS observed,
        if(observed = 0, NULL, round(avgIf(toFloat64(assumeNotNull(emotion)),
            isNotNull(emotion) AND emotion_observed), 6)) AS observed_mean,
        countIf(isNotNull(emotion) AND NOT emotion_observed) AS inferred,
        if(inferred = 0, NULL, round(avgIf(toFloat64(assumeNotNull(emotion)),
            isNotNull(emotion) AND NOT emotion_observed), 6)) AS inferred_mean,
        round((observed + inferred) / touchpoints, 6) AS coverage,
        round(countIf(has({planned:Array(String)}, concat(phase, ':', type)))
            / touchpoints, 6) AS fitness
    FROM
    (
        SELECT
            touched.person AS person,
            toString(touched.channel) AS channel,
            toString(touched.type) AS type,
            touched.emotion AS emotion,
            touched.emotion_observed AS emotion_observed,
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
)
ORDER BY level, phase, channel, touchpoints DESC, type
