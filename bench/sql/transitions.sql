-- When each person of a slice came to each phase, as the default model would have it.
INSERT INTO transitions
(
    tenant, person_id, model, model_version, transition_no, from_phase, to_phase,
    occurred_at, rule, cause_at, revision, kafka_log, kafka_partition, kafka_offset
)
SELECT
    'default', person_id, 'default', 1, number,
    if(number = 1, '', entered[number - 1].2), entered[number].2,
    fromUnixTimestamp64Milli(entered[number].1, 'UTC'),
    'bench',
    fromUnixTimestamp64Milli(entered[number].1, 'UTC'),
    1, 'bench', 0, 0
FROM
(
    SELECT
        person_id,
        groupArrayIf(toUnixTimestamp64Milli(occurred_at), type = 'order_completed') AS orders,
        minIf(
            toUnixTimestamp64Milli(occurred_at),
            type IN ('email_link_clicked', 'page_viewed', 'product_list_viewed',
                     'product_viewed', 'store_visit_started')
        ) AS interest,
        [
            (toUnixTimestamp64Milli(min(occurred_at)), 'awareness'),
            (if(interest > 0 AND (empty(orders) OR interest < arrayMin(orders)), interest, 0),
                'acquisition'),
            (if(empty(orders), 0, arrayMin(orders)), 'onboarding'),
            (arraySort(orders)[2], 'engagement')
        ] AS moments,
        arrayFilter(moment -> moment.1 > 0, moments) AS entered
    FROM touchpoints
    WHERE tenant = 'default' AND person_key BETWEEN {first:UInt64} AND {last:UInt64}
    GROUP BY person_id
)
ARRAY JOIN arrayEnumerate(entered) AS number
