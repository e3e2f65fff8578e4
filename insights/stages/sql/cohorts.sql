-- How many of those acquired in a month came again in each later month?
-- Months are calendar months of the zone, numbered from the year 0.
SELECT
    month,
    later - month AS after,
    count() AS persons
FROM
(
    SELECT
        toRelativeMonthNum(
            toTimeZone(
                fromUnixTimestamp64Milli(first_ms, 'UTC'), {timezone:String}
            )
        ) AS month,
        arrayConcat([month], arrayFilter(one -> one > month, months)) AS laters
    FROM
    (
        SELECT
            person,
            minIf(toUnixTimestamp64Milli(occurred_at), $acquired) AS first_ms,
            groupUniqArrayIf(
                toRelativeMonthNum(toTimeZone(occurred_at, {timezone:String})),
                $returned
            ) AS months
        FROM
        (
$touchpoints
        )
        GROUP BY person
        HAVING countIf($acquired) > 0
            AND first_ms >= {from_ms:Int64}
            AND first_ms < {end_ms:Int64}
    )
)
ARRAY JOIN laters AS later
GROUP BY month, after
ORDER BY month, after
