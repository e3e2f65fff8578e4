-- The rows of orders.sql, from trails.
SELECT
    toString(one_currency) AS currency,
    count() AS orders,
    sum(assumeNotNull(value_minor)) AS summed
FROM
(
$trails
)
ARRAY JOIN values_minor AS value_minor, currencies AS one_currency
WHERE one_currency != '' AND isNotNull(value_minor) AND value_minor > 0
GROUP BY one_currency
