-- How many touchpoints came too late for the journeys, and of how many persons?
SELECT count() AS touchpoints, uniqExact(person) AS persons
FROM
(
$touchpoints
)
