-- The rows of moves.sql, from trails.
SELECT
    person_id,
    toString(one_from) AS from_phase,
    toString(one_to) AS to_phase,
    at_ms
FROM
(
$trails
)
ARRAY JOIN step_from AS one_from, step_to AS one_to, step_moments AS at_ms
