-- The features of persons, as many as are wanted, always the same ones.
SELECT $features AS features
FROM
(
$states
)
ORDER BY cityHash64(person_id), person_id
LIMIT {sampled:UInt64}
