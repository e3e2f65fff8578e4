-- What an order is worth, by currency.
SELECT
    toString(currency) AS currency,
    count() AS orders,
    sum(assumeNotNull(value_minor)) AS summed
FROM
(
$touchpoints
)
WHERE type = 'order_completed' AND currency != '' AND isNotNull(value_minor)
    AND value_minor > 0
GROUP BY currency
