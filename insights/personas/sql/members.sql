-- The persons of one persona.
SELECT person_id
FROM
(
$states
)
WHERE $persona = $name
