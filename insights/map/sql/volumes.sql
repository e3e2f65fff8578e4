-- How much happens where, and how does it feel: the touchpoints of a scope, counted by
-- phase, channel and type at once. `level` says what a row is about; a key that it does
-- not break down by is empty. A touchpoint lies in the phase that its person stands in
-- once it has happened, by the transitions as they are known now. Emotions are summed in
-- millionths: so the order of the touchpoints plays no part.
SELECT
    level,
    phase,
    channel,
    type,
    touchpoints,
    persons,
    types,
    observed,
    if(observed = 0, NULL, round(observed_sum / observed / 1000000, 6)) AS observed_mean,
    inferred,
    if(inferred = 0, NULL, round(inferred_sum / inferred / 1000000, 6)) AS inferred_mean,
    round((observed + inferred) / touchpoints, 6) AS coverage,
    round(expected / touchpoints, 6) AS fitness,
    if(
        phase = '',
        NULL,
        round(persons / maxIf(persons, level = 'phase') OVER (PARTITION BY phase), 6)
    ) AS share
FROM
(
$counted
)
ORDER BY level, phase, channel, touchpoints DESC, type
