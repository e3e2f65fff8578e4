-- By how much orders that were told more than once make a person's sums too high.
SELECT
    person,
    sum(toInt64(tellings) - 1) AS orders,
    sumMapIf(
        mapSubtract(told_minor, map(currency, minor)), currency != ''
    ) AS value_minor
FROM
(
$orders
)
WHERE tellings > 1
GROUP BY person
