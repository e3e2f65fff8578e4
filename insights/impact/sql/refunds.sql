-- Joined: what was given back of each conversion, and whether its order was cancelled.
-- Several touchpoints may report one order: what was given back in their currency is taken
-- off the oldest first, once in all, wherever they happened.
LEFT ANY JOIN
(
    SELECT
        source AS refunded_source,
        id AS refunded_id,
        least(minor, greatest(0, back - minor_before)) AS given_back,
        cancelled
    FROM
    (
        SELECT
            source,
            id,
            converted,
            if(converted, greatest(ifNull(value_minor, 0), 0), 0) AS minor,
            sum(if(type = 'order_refunded', abs(ifNull(value_minor, 0)), 0))
                OVER (PARTITION BY order_id, currency) AS back,
            max(type = 'order_cancelled') OVER (PARTITION BY order_id) AS cancelled,
            sum(minor) OVER (
                PARTITION BY order_id, currency
                ORDER BY occurred_at, seq, source, id
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) - minor AS minor_before
        FROM
        (
            SELECT
                source, id, seq, occurred_at, type, order_id, currency, value_minor,
                ($conversion) AS converted
            FROM
            (
$everything
            )
            WHERE order_id != ''
                AND (converted OR type IN ('order_refunded', 'order_cancelled'))
        )
    )
    WHERE converted AND (cancelled OR back > 0)
) AS refunds
    ON genuine.source = refunds.refunded_source AND genuine.id = refunds.refunded_id
