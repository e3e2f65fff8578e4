-- Records of parcours.touchpoints.enriched.v1 as rows of touchpoints.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    fromUnixTimestamp64Milli(record.occurred_at, 'UTC') AS occurred_at,
    record.seq AS seq,
    record.source AS source,
    record.id AS id,
    record.type AS type,
    record.channel AS channel,
    record.direction AS direction,
    record.session_id AS session_id,
    record.phase AS phase,
    record.late AS late,
    record.emotion AS emotion,
    record.emotion_observed AS emotion_observed,
    record.emotion_evidence AS emotion_evidence,
    record.emotion_about AS emotion_about,
    fromUnixTimestamp64Milli(record.received_at, 'UTC') AS received_at,
    fromUnixTimestamp64Milli(record.sent_at, 'UTC') AS sent_at,
    record.actor.customer_id AS customer_id,
    record.actor.loyalty_id AS loyalty_id,
    record.actor.email_hash AS email_hash,
    record.actor.phone_hash AS phone_hash,
    record.actor.device_id AS device_id,
    record.actor.anonymous_id AS anonymous_id,
    JSONExtractString(record.place, 'store_id') AS store_id,
    record.place AS place,
    record.campaign.source AS campaign_source,
    record.campaign.medium AS campaign_medium,
    record.campaign.name AS campaign_name,
    record.campaign.content AS campaign_content,
    record.campaign.term AS campaign_term,
    record.campaign.id AS campaign_id,
    record.session_hint AS session_hint,
    record.cart_id AS cart_id,
    record.order_id AS order_id,
    record.ticket_id AS ticket_id,
    record.value_minor AS value_minor,
    record.currency AS currency,
    record.consent AS consent,
    record.device_class AS device_class,
    record.bot AS bot,
    record.machine AS machine,
    record.referrer AS referrer,
    if(record.properties = '', '{}', record.properties) AS properties,
    record.raw_log AS raw_log,
    record.raw_partition AS raw_partition,
    record.raw_offset AS raw_offset,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, source String, id String, type String,
        occurred_at Int64, received_at Int64, seq UInt32, sent_at Nullable(Int64),
        channel String, direction String,
        raw_log String, raw_partition UInt16, raw_offset UInt64,
        actor Tuple(
            customer_id String, loyalty_id String, email_hash String,
            phone_hash String, device_id String, anonymous_id String
        ),
        place String,
        campaign Tuple(
            source String, medium String, name String,
            content String, term String, id String
        ),
        session_hint String, cart_id String, order_id String, ticket_id String,
        value_minor Nullable(Int64), currency String, consent Map(String, Bool),
        device_class String, bot Bool, machine Bool, referrer String,
        properties String, session_id String, phase String, late Bool,
        emotion Nullable(Float32), emotion_observed Bool,
        emotion_evidence String, emotion_about String
    )
')
WHERE throwIf(
    record.tenant = '' OR record.person_id = '' OR record.source = ''
    OR record.id = '' OR record.type = '' OR record.raw_log = ''
    -- Until 2099: beyond, the table partition would not be the one that marks count in.
    OR record.occurred_at NOT BETWEEN 0 AND 4102444799999
    OR record.received_at NOT BETWEEN 1 AND 4102444799999
    OR ifNull(record.emotion, 0) NOT BETWEEN -2 AND 2
    OR ifNull(record.sent_at, 0) NOT BETWEEN 0 AND 4102444799999,
    'not a touchpoint'
) = 0
