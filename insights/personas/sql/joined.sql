-- Joined to what persons did: the persona of each person, as they are now.
LEFT ANY JOIN
(
    SELECT person_id AS whose, $persona AS persona
    FROM
    (
$states
    )
) AS personas ON $person = personas.whose
