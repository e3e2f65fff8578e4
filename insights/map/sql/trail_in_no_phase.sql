-- The number of in_no_phase.sql, from trails.
SELECT toInt64(sum(countEqual(phases, ''))) AS in_no_phase
FROM
(
$trails
)
