-- Persons with all that a persona may be told by, as they are now: what their journey
-- states count, and beyond that the touchpoints that came too late for these; less the
-- orders that were told again. Nobody of whom only a bot or a control event is known.
-- Days are counted back from the newest touchpoint of the tenant.
SELECT
    known.person_id AS person_id,
    toString(known.phase) AS phase,
    toInt64(known.touchpoints) + beyond.touchpoints AS touchpoints,
    multiIf(
        beyond.touchpoints = 0, toUnixTimestamp64Milli(known.first_at),
        known.touchpoints = 0, beyond.first_at_ms,
        least(toUnixTimestamp64Milli(known.first_at), beyond.first_at_ms)
    ) AS first_at_ms,
    greatest(
        if(known.touchpoints = 0, 0, toUnixTimestamp64Milli(known.last_at)),
        beyond.last_at_ms
    ) AS last_at_ms,
    ifNull((
        SELECT max(toUnixTimestamp64Milli(last_at))
        FROM journey_states
        WHERE tenant = {tenant:String}
    ), 0) AS at_ms,
    toInt64(known.orders) + beyond.told - again.orders AS orders,
    mapSubtract(
        mapAdd(CAST(known.value_minor, 'Map(String, Int64)'), beyond.told_minor),
        again.value_minor
    ) AS value_minor,
    mapAdd(CAST(known.counts, 'Map(String, Int64)'), beyond.counts) AS counts,
    mapAdd(CAST(known.channels, 'Map(String, Int64)'), beyond.channels) AS channels,
    placed.ordered AS ordered,
    toInt64(known.sessions_total) AS sessions_total,
    known.facts AS facts,
    known.consent AS consent,
    toInt64(known.emotions_observed) + beyond.emotions_observed AS emotions_observed,
    known.emotions_observed_sum + beyond.emotions_observed_sum AS emotions_observed_sum,
    toInt64(known.emotions_inferred) + beyond.emotions_inferred AS emotions_inferred,
    known.emotions_inferred_sum + beyond.emotions_inferred_sum AS emotions_inferred_sum
FROM
(
    SELECT *
    FROM journey_states FINAL
    WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
        AND (touchpoints > 0 OR late > 0)
        AND $known
) AS known
LEFT ANY JOIN
(
$beyond
) AS beyond ON known.person_id = beyond.person
LEFT ANY JOIN
(
$again
) AS again ON known.person_id = again.person
LEFT ANY JOIN
(
$placed
) AS placed ON known.person_id = placed.person
WHERE known.touchpoints + beyond.touchpoints > 0
