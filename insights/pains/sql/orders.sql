-- What an order is worth, by currency.
SELECT currency, count() AS orders, sum(minor) AS summed
FROM
(
$orders
)
WHERE currency != '' AND minor > 0
GROUP BY currency
