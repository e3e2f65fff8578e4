-- Who is of a persona?
SELECT
    person_id,
    phase,
    orders,
    value_minor,
    touchpoints,
    first_at_ms AS first_at,
    last_at_ms AS last_at
FROM
(
$states
)
WHERE $persona = $name AND $active
ORDER BY person_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
