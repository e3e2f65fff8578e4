-- How many persons had a touchpoint in each phase?
SELECT phases.phase AS phase, uniqExact(touched.person) AS persons
FROM
(
$touchpoints
) AS touched
ASOF INNER JOIN
(
$phases
) AS phases
    ON touched.person = phases.person_id AND touched.occurred_at >= phases.entered_at
WHERE touched.type NOT IN {control:Array(String)}
GROUP BY phase
