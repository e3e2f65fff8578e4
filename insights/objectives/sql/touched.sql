-- A number of the touchpoints, or of the orders, of a period. known: how many tell it.
SELECT $value AS value, $known AS known, toInt64(0) AS pending
FROM
(
$touched
)
WHERE $where
