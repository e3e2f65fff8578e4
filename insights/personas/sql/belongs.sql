-- Which persona do these persons have? Nobody stands for who does not count.
SELECT $persona AS persona
FROM
(
$states
)
LIMIT 1
