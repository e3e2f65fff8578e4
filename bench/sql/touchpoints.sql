-- Some months of a retailer, a month a statement: visits of eight touchpoints each. Nearly
-- all is looking around and post of the retailer's; one touchpoint in sixty is an order.
-- Everything follows from the number of the visit, so that every run has the same rows.
INSERT INTO touchpoints
(
    tenant, person_id, occurred_at, source, id, type, channel, direction, session_id, phase,
    received_at, customer_id, store_id, campaign_name, cart_id, order_id, value_minor,
    currency, device_class, properties, raw_log, raw_partition, raw_offset,
    kafka_log, kafka_partition, kafka_offset
)
WITH
    ['email_delivered', 'email_delivered', 'email_opened', 'email_delivered',
     'email_delivered', 'email_delivered', 'email_link_clicked', 'email_delivered']
        AS mailing,
    ['page_viewed', 'page_viewed', 'product_list_viewed', 'product_viewed',
     'product_viewed', 'page_viewed', 'product_viewed', 'page_viewed'] AS browsing,
    ['page_viewed', 'product_list_viewed', 'product_viewed', 'product_viewed',
     'cart_product_added', 'product_viewed', 'cart_viewed', 'page_viewed'] AS filling,
    ['page_viewed', 'product_viewed', 'cart_product_added', 'cart_viewed',
     'checkout_started', 'checkout_step_viewed', 'page_viewed', 'page_viewed'] AS leaving,
    ['product_viewed', 'cart_product_added', 'cart_viewed', 'checkout_started',
     'payment_info_entered', 'order_completed', 'order_shipped', 'order_delivered']
        AS buying,
    ['store_visit_started', 'product_tried', 'assistance_given', 'order_completed',
     'loyalty_points_changed', 'store_visit_ended', 'survey_sent', 'survey_answered']
        AS visiting,
    -- Gaps: seconds of a visit; post and parcels take hours.
    multiIf(kind < 22, 50000, kind < 88, 45, kind < 92, if(position > 5, 60000, 60), 600)
        AS gap,
    {month_seconds:UInt64} - 8 * gap AS room
SELECT
    'default' AS tenant,
    concat('customer_id:', lower(hex(cityHash64('person', person_number)))) AS person_id,
    fromUnixTimestamp64Milli(at, 'UTC') AS occurred_at,
    'shop' AS source,
    lower(hex(cityHash64('touchpoint', number))) AS id,
    multiIf(
        kind < 22, mailing, kind < 68, browsing, kind < 82, filling,
        kind < 88, leaving, kind < 92, buying, visiting
    )[position + 1] AS type,
    multiIf(
        kind < 22 OR type LIKE 'survey%', 'email', kind >= 92, 'store',
        type IN ('order_shipped', 'order_delivered'), 'carrier',
        bitTest(draw, 3), 'web', 'app'
    ) AS channel,
    if(
        type IN ('email_delivered', 'order_shipped', 'order_delivered', 'survey_sent',
                 'assistance_given'),
        'out', 'in'
    ) AS direction,
    if(kind < 22, '', lower(hex(cityHash64('session', visit)))) AS session_id,
    'acquisition' AS phase,
    fromUnixTimestamp64Milli(at + 300, 'UTC') AS received_at,
    substring(person_id, 13) AS customer_id,
    if(kind >= 92, toString(draw % 200), '') AS store_id,
    if(kind < 22, concat('letter-', toString(draw % 40)), '') AS campaign_name,
    if(type LIKE 'c%', lower(hex(cityHash64('cart', visit))), '') AS cart_id,
    if(type LIKE 'order%', lower(hex(cityHash64('order', visit))), '') AS order_id,
    if(type = 'order_completed', 500 + draw % 20000, NULL) AS value_minor,
    if(type = 'order_completed', 'EUR', '') AS currency,
    if(kind >= 22 AND kind < 92, ['desktop', 'mobile', 'tablet'][draw % 3 + 1], '')
        AS device_class,
    if(type LIKE 'product%', concat('{"product_id":"', toString(draw % 30000), '"}'), '{}')
        AS properties,
    'bench' AS raw_log,
    draw % 24 AS raw_partition,
    number AS raw_offset,
    'bench' AS kafka_log,
    draw % 24 AS kafka_partition,
    number AS kafka_offset
FROM
(
    SELECT
        number,
        intDiv(number, 8) AS visit,
        number % 8 AS position,
        cityHash64('visit', visit) AS draw,
        intDiv(visit * {persons:UInt64}, {visits:UInt64}) AS turn,
        -- Everybody comes once; whose the other visits are is uneven: a tenth of the
        -- persons have a third of them.
        if(
            turn != intDiv((visit + 1) * {persons:UInt64}, {visits:UInt64}),
            turn,
            toUInt64({persons:UInt64} * pow((draw % 1000003 + 0.5) / 1000003, 2))
                + bitShiftRight(draw, 40) % greatest(1, intDiv({persons:UInt64}, 1000003))
        ) AS person_number,
        bitShiftRight(draw, 20) % 100 AS kind,
        toInt64({month_ms:Int64})
            + toInt64((bitShiftRight(draw, 8) % room) * 1000 + position * gap * 1000)
            + toInt64(cityHash64(number) % (gap * 700)) AS at
    FROM numbers({first:UInt64}, {count:UInt64})
)
SETTINGS
    -- One block is one part, sorted: nothing is left to merge.
    max_insert_threads = 1, max_threads = 2,
    min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0
