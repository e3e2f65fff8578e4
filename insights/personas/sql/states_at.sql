-- Persons as they were at a moment: counted anew from the touchpoints until then. Facts
-- and consents are those of now: when they were stated is not kept in a table. Nobody
-- counts of whom all came late, as in states.sql.
SELECT
    past.person_id AS person_id,
    ifNull(stood.phase, '') AS phase,
    past.touchpoints AS touchpoints,
    past.first_at_ms AS first_at_ms,
    past.last_at_ms AS last_at_ms,
    {at_ms:Int64} AS at_ms,
    past.orders AS orders,
    past.value_minor AS value_minor,
    past.counts AS counts,
    past.channels AS channels,
    past.sessions_total AS sessions_total,
    if(known.facts = '', '{}', known.facts) AS facts,
    known.consent AS consent,
    past.emotions_observed AS emotions_observed,
    past.emotions_observed_sum AS emotions_observed_sum,
    past.emotions_inferred AS emotions_inferred,
    past.emotions_inferred_sum AS emotions_inferred_sum
FROM
(
    SELECT
        person AS person_id,
        toInt64(count()) AS touchpoints,
        toUnixTimestamp64Milli(min(occurred_at)) AS first_at_ms,
        toUnixTimestamp64Milli(max(occurred_at)) AS last_at_ms,
        toInt64(countIf(type = 'order_completed')) AS orders,
        sumMapIf(
            map(toString(currency), ifNull(value_minor, 0)),
            type = 'order_completed' AND currency != ''
        ) AS value_minor,
        sumMap(map(toString(type), toUInt32(1))) AS counts,
        sumMap(map(toString(channel), toUInt32(1))) AS channels,
        toInt64(uniqExactIf(session_id, session_id != '')) AS sessions_total,
        countIf(emotion IS NOT NULL AND emotion_observed) AS emotions_observed,
        sumIf(toFloat64(ifNull(emotion, 0)), emotion_observed) AS emotions_observed_sum,
        countIf(emotion IS NOT NULL AND NOT emotion_observed) AS emotions_inferred,
        sumIf(toFloat64(ifNull(emotion, 0)), NOT emotion_observed)
            AS emotions_inferred_sum
    FROM
    (
$touchpoints
    )
    WHERE type NOT IN {control:Array(String)}
    GROUP BY person_id
    HAVING countIf(NOT late) > 0
) AS past
LEFT JOIN
(
    SELECT person_id, argMax(toString(to_phase), transition_no) AS phase
    FROM transitions FINAL
    WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
        AND occurred_at < fromUnixTimestamp64Milli({at_ms:Int64}, 'UTC')
    GROUP BY person_id
) AS stood ON past.person_id = stood.person_id
LEFT JOIN
(
    SELECT person_id, facts, consent
    FROM journey_states FINAL
    WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
) AS known ON past.person_id = known.person_id
