-- By order id: what was given back of it, by currency, and whether it was cancelled. A refund
-- that several tell under one id (its refund_id, else its own) is one, of the highest value
-- told.
SELECT
    order_id,
    max(type = 'order_cancelled') AS cancelled,
    sumMapIf(map(paid_in, given), type = 'order_refunded') AS back
FROM
(
    SELECT
        order_id,
        toString(type) AS type,
        toString(currency) AS paid_in,
        if(
            JSONExtractString(properties, 'refund_id') = '',
            id,
            JSONExtractString(properties, 'refund_id')
        ) AS refund,
        max(abs(ifNull(value_minor, 0))) AS given
    FROM
    (
$touchpoints
    )
    WHERE order_id != '' AND type IN ('order_refunded', 'order_cancelled')
    GROUP BY order_id, type, paid_in, refund
)
GROUP BY order_id
