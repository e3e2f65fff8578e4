-- Joined: what was given back of each order, and whether it was cancelled.
-- Several orders may have one id: what was given back in their currency is taken off the
-- oldest first, once in all, wherever they happened.
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
$revoked
        ) AS revoked ON orders.order_id = revoked.order_id
    )
    WHERE cancelled OR back > 0
) AS refunds
    ON genuine.person = refunds.refunded_of
    AND genuine.order_id = refunds.refunded_order
    AND genuine.alone = refunds.refunded_alone
