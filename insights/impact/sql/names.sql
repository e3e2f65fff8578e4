-- Which names have most contacts?
SELECT name
FROM
(
$events
)
WHERE NOT converts
GROUP BY name
ORDER BY count() DESC, name
LIMIT {names_limit:UInt32}
