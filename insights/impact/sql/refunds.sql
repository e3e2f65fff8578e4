-- Joined: what was given back of each order, and whether it was cancelled.
-- Several orders may have one id: what was given back in their currency is taken off the
-- oldest first, once in all, wherever they happened. A refund that several tell under one
-- id (its refund_id, else its own) is one, of the highest value told.
LEFT ANY JOIN
(
    SELECT
        person AS refunded_of,
        order_id AS refunded_order,
        alone AS refunded_alone,
        least(minor, greatest(0, back - minor_before)) AS given_back,
        cancelled
    FROM
    (
        SELECT
            person,
            order_id,
            alone,
            greatest(orders.minor, 0) AS minor,
            revoked.back[orders.currency] AS back,
            revoked.cancelled AS cancelled,
            sum(minor) OVER (
                PARTITION BY order_id, orders.currency
                ORDER BY told, person
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) - minor AS minor_before
        FROM
        (
$orders
        ) AS orders
        INNER JOIN
        (
            SELECT
                order_id,
                max(type = 'order_cancelled') AS cancelled,
                sumMapIf(map(paid_in, given), type = 'order_refunded') AS back
            FROM
            (
                SELECT
                    order_id,
                    type,
                    toString(currency) AS paid_in,
                    if(
                        JSONExtractString(properties, 'refund_id') = '',
                        id,
                        JSONExtractString(properties, 'refund_id')
                    ) AS refund,
                    max(abs(ifNull(value_minor, 0))) AS given
                FROM
                (
$everything
                )
                WHERE order_id != '' AND type IN ('order_refunded', 'order_cancelled')
                GROUP BY order_id, type, paid_in, refund
            )
            GROUP BY order_id
        ) AS revoked ON orders.order_id = revoked.order_id
    )
    WHERE cancelled OR back > 0
) AS refunds
    ON genuine.person = refunds.refunded_of
    AND genuine.order_id = refunds.refunded_order
    AND genuine.alone = refunds.refunded_alone
