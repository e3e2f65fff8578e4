-- What happened to a person, the newest first? The phase is the one in which the person
-- stood once it had happened, by the transitions as they are known now.
SELECT
    toUnixTimestamp64Milli(touched.occurred_at) AS at,
    touched.seq AS seq,
    toString(touched.source) AS source,
    touched.id AS id,
    toString(touched.type) AS type,
    toString(touched.channel) AS channel,
    toString(touched.direction) AS direction,
    touched.session_id AS session_id,
    phases.phase AS phase,
    touched.late AS late,
    toString(touched.store_id) AS store_id,
    toString(touched.campaign_name) AS campaign_name,
    touched.cart_id AS cart_id,
    touched.order_id AS order_id,
    touched.ticket_id AS ticket_id,
    touched.value_minor AS value_minor,
    toString(touched.currency) AS currency,
    touched.bot AS bot,
    touched.machine AS machine
FROM
(
    SELECT
        tenant, occurred_at, seq, source, id, type, channel, direction, session_id, late,
        store_id, campaign_name, cart_id, order_id, ticket_id, value_minor, currency,
        bot, machine
    FROM touchpoints FINAL
    WHERE tenant = {tenant:String}
        AND person_key IN (
            SELECT cityHash64({tenant:String}, arrayJoin({names:Array(String)}))
        )
        AND person_id IN {names:Array(String)}
        AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
    ORDER BY occurred_at DESC, seq DESC, source DESC, id DESC
    LIMIT {limit:UInt32}
) AS touched
ASOF LEFT JOIN
(
    SELECT
        tenant,
        occurred_at AS entered_at,
        toString(argMax(to_phase, transition_no)) AS phase
    FROM transitions FINAL
    WHERE tenant = {tenant:String}
        AND person_id = {person_id:String}
        AND model = {model:String}
        AND deleted = 0
    GROUP BY tenant, entered_at
) AS phases
    ON touched.tenant = phases.tenant AND touched.occurred_at >= phases.entered_at
ORDER BY at DESC, seq DESC, source DESC, id DESC
