-- Persons as they were at a moment: counted anew from the touchpoints until then. Facts
-- and consents are those of now: when they were stated is not kept in a table.
SELECT
    past.person AS person_id,
    ifNull(stood.phase, '') AS phase,
    past.touchpoints AS touchpoints,
    past.first_at_ms AS first_at_ms,
    past.last_at_ms AS last_at_ms,
    $at_ms AS at_ms,
    past.told - again.orders AS orders,
    mapSubtract(past.told_minor, again.value_minor) AS value_minor,
    past.counts AS counts,
    past.channels AS channels,
    placed.ordered AS ordered,
    past.sessions_total AS sessions_total,
    if(known.facts = '', '{}', known.facts) AS facts,
    known.consent AS consent,
    past.emotions_observed AS emotions_observed,
    past.emotions_observed_sum AS emotions_observed_sum,
    past.emotions_inferred AS emotions_inferred,
    past.emotions_inferred_sum AS emotions_inferred_sum
FROM
(
$past
) AS past
LEFT ANY JOIN
(
$again
) AS again ON past.person = again.person
LEFT ANY JOIN
(
$placed
) AS placed ON past.person = placed.person
LEFT JOIN
(
    SELECT person_id, argMax(toString(to_phase), transition_no) AS phase
    FROM transitions FINAL
    WHERE tenant = {tenant:String} AND model = $model AND deleted = 0
        AND occurred_at < fromUnixTimestamp64Milli($at_ms, 'UTC')
    GROUP BY person_id
) AS stood ON past.person = stood.person_id
LEFT JOIN
(
    SELECT person_id, facts, consent
    FROM journey_states FINAL
    WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
) AS known ON past.person = known.person_id
