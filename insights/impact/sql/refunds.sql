-- Joined: what was given back of each order, and whether it was cancelled.
LEFT ANY JOIN
(
    SELECT
        order_id AS refunded_order,
        sumIf(abs(ifNull(value_minor, 0)), type = 'order_refunded') AS given_back,
        countIf(type = 'order_cancelled') > 0 AS cancelled
    FROM touchpoints FINAL
    WHERE tenant = {tenant:String}
        AND type IN ('order_refunded', 'order_cancelled')
        AND order_id != ''
        AND occurred_at <= fromUnixTimestamp64Milli({as_of_ms:Int64}, 'UTC')
        AND NOT bot AND NOT machine
    GROUP BY order_id
) AS refunds ON genuine.order_id = refunds.refunded_order
