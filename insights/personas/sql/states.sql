-- Persons with all that a persona may be told by, as they are now; nobody of whom only
-- a bot, a control event or what came late is known: such a one is in no phase. Days are counted back
-- from the newest touchpoint of the tenant.
SELECT
    person_id,
    toString(phase) AS phase,
    toInt64(touchpoints) AS touchpoints,
    toUnixTimestamp64Milli(first_at) AS first_at_ms,
    toUnixTimestamp64Milli(last_at) AS last_at_ms,
    ifNull((
        SELECT max(toUnixTimestamp64Milli(last_at))
        FROM journey_states
        WHERE tenant = {tenant:String}
    ), 0) AS at_ms,
    toInt64(orders) AS orders,
    value_minor,
    counts,
    channels,
    toInt64(sessions_total) AS sessions_total,
    facts,
    consent,
    emotions_observed,
    emotions_observed_sum,
    emotions_inferred,
    emotions_inferred_sum
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank AND touchpoints > 0
