-- The rows of persons.sql, from trails.
SELECT toString(one_phase) AS phase, count() AS persons
FROM
(
$trails
)
ARRAY JOIN arrayDistinct(phases) AS one_phase
WHERE one_phase != ''
GROUP BY one_phase
