person_id IN
(
    SELECT person
    FROM
    (
$touchpoints
    )
)
