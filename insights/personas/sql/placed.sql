-- On which channels the orders of each person were placed: each once, where it was told
-- first.
SELECT person, sumMap(map(channel, toInt64(1))) AS ordered
FROM
(
    SELECT
        person,
        argMin(
            toString(touched.channel), (occurred_at, seq, toString(source), id)
        ) AS channel
    FROM
    (
$touchpoints
    ) AS touched
    WHERE type = 'order_completed'
    GROUP BY person, order_id, $alone
)
GROUP BY person
