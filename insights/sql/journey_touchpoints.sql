-- What happened to a person, the newest first?
SELECT
    toUnixTimestamp64Milli(occurred_at) AS at,
    seq,
    toString(source) AS source,
    id,
    toString(type) AS type,
    toString(channel) AS channel,
    toString(direction) AS direction,
    session_id,
    toString(phase) AS phase,
    late,
    toString(store_id) AS store_id,
    toString(campaign_name) AS campaign_name,
    cart_id,
    order_id,
    ticket_id,
    value_minor,
    toString(currency) AS currency,
    bot,
    machine
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND person_key IN (
        SELECT cityHash64({tenant:String}, arrayJoin({names:Array(String)}))
    )
    AND person_id IN {names:Array(String)}
ORDER BY at DESC, seq DESC, source DESC, id DESC
LIMIT {limit:UInt32}
