-- How many persons are of which persona, and what they bought.
SELECT
    persona,
    count() AS persons,
    sum(orders) AS orders,
    CAST(sumMap(value_minor), 'Map(String, Int64)') AS value_minor,
    sum(touchpoints) AS touchpoints
FROM
(
    SELECT $persona AS persona, orders, value_minor, touchpoints
    FROM
    (
$states
    )
    WHERE $active
)
GROUP BY persona
