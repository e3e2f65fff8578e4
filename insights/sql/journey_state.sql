-- Where does a person stand, and what do the counts say?
SELECT
    person_id,
    revision,
    toString(phase) AS phase,
    toUnixTimestamp64Milli(phase_since) AS phase_since,
    touchpoints,
    toUnixTimestamp64Milli(first_at) AS first_at,
    toUnixTimestamp64Milli(last_at) AS last_at,
    orders,
    value_minor,
    counts,
    channels,
    sessions_total,
    facts,
    consent,
    late
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND person_id = {person_id:String}
