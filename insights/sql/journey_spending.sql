-- What did a person spend, by currency? An order that several told is one; no order gives
-- back more than it was worth, and a cancelled one gives back all.
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
$revoked
    ) AS revoked ON orders.order_id = revoked.order_id
)
GROUP BY currency
ORDER BY currency
