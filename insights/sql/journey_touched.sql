-- The genuine touchpoints of a person that tell orders, what was given back, or called off.
SELECT
    {person_id:String} AS person,
    type, order_id, source, id, seq, occurred_at, value_minor, currency, properties
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND person_key IN (
        SELECT cityHash64({tenant:String}, arrayJoin({names:Array(String)}))
    )
    AND person_id IN {names:Array(String)}
    AND type IN ('order_completed', 'order_refunded', 'order_cancelled')
    AND NOT bot
    AND NOT machine
    AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
