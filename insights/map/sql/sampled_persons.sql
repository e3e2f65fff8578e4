-- Whether the touchpoints behind a number of the map are of persons enough: how many, up
-- to so many. It stops reading as soon as they are found.
SELECT count() AS persons
FROM
(
    SELECT DISTINCT person
    FROM
    (
$sampled
    )
    LIMIT {least:UInt16}
)
