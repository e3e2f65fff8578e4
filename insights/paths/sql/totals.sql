-- How many paths are there, of how many persons, and how many different ones?
SELECT
    count() AS paths,
    uniqExact(person) AS persons,
    uniqExact(names, ending) AS different,
    countIf(ending = '(open)') AS open,
    uniqExactIf(person, capped) AS capped
FROM
(
$paths
)
