-- How many conversions are there for how much, and how many paths lead to none?
SELECT
    currency,
    countIf(converted) AS conversions,
    sumIf(minor, converted) AS value_minor,
    countIf(converted AND empty(names)) AS untouched,
    sumIf(minor, converted AND empty(names)) AS untouched_minor,
    countIf(NOT converted AND settled) AS null_paths,
    countIf(NOT settled) AS pending_paths,
    uniqExactIf(person, capped) AS capped
FROM
(
$paths
)
GROUP BY currency
ORDER BY currency
