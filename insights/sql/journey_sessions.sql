-- Which sessions did a person have, under any name? The newest first. Sessions are kept by
-- their own id: the ids are looked up first, in the order by person.
SELECT
    session_id,
    toString(status) AS status,
    toString(kind) AS kind,
    place,
    toString(channel) AS channel,
    toUnixTimestamp64Milli(started_at) AS started_at,
    toUnixTimestamp64Milli(ended_at) AS ended_at,
    touchpoints,
    toString(entry_type) AS entry_type,
    toString(exit_type) AS exit_type,
    orders,
    value_minor,
    toString(currency) AS currency,
    toString(campaign) AS campaign,
    engaged
FROM sessions FINAL
WHERE tenant = {tenant:String}
    AND session_id IN (
        SELECT session_id
        FROM sessions
        WHERE tenant = {tenant:String} AND person_id IN {names:Array(String)}
    )
    AND status != 'superseded'
ORDER BY started_at DESC, session_id
LIMIT {limit:UInt32}
