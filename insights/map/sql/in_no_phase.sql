-- How many touchpoints of a scope lie in no phase: they were before their person's first
-- one, or came too late to be told to the journeys.
SELECT count() AS in_no_phase
FROM ($touchpoints) AS touched
ASOF LEFT JOIN ($phases) AS phases
    ON touched.person = phases.person_id AND touched.occurred_at >= phases.entered_at
WHERE touched.type NOT IN {control:Array(String)} AND phases.phase = ''
