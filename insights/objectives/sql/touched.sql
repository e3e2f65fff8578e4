-- A number of the touchpoints of a period. known: how many of them tell it.
SELECT $value AS value, $known AS known, toInt64(0) AS pending
FROM
(
$touchpoints
)
WHERE $where
