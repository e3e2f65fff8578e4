-- What did a person spend, by currency? An order that several told is one. Refunds under one
-- id (refund_id, else their own) are one, of the highest value told; no order gives back
-- more than it was worth, and a cancelled one gives back all.
SELECT
    currency,
    count() AS orders,
    toInt64(sum(minor)) AS value_minor,
    toInt64(sum(given_back)) AS given_back_minor
FROM
(
    SELECT
        orders.currency AS currency,
        orders.minor AS minor,
        if(
            revoked.cancelled,
            minor,
            least(greatest(minor, 0), revoked.back[currency])
        ) AS given_back
    FROM
    (
$orders
    ) AS orders
    LEFT ANY JOIN
    (
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
    ) AS revoked ON orders.order_id = revoked.order_id
)
GROUP BY currency
ORDER BY currency
