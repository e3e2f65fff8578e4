-- How do persons get on from phase to phase? The answer of `stages`, as the map shows it.
SELECT
    phase,
    entered,
    moved_on,
    pending,
    if(entered = 0, NULL, moved_on / entered) AS conversion,
    if(moved_on = 0, NULL, moved_ms[1]) AS dwell_ms
FROM
(
$stages
)
