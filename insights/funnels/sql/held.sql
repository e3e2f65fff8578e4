-- Each held value of a unit is tried: touchpoints with another one are no steps.
SELECT
    * REPLACE (
        arrayMap(
            (event, value) -> (
                event.1,
                if(value = held, event.2, bitAnd(event.2, {no_steps:UInt64}))
            ),
            events,
            helds
        ) AS events
    ),
    held
FROM
(
    $source
)
ARRAY JOIN arrayDistinct(arrayFilter(value -> value != '', helds)) AS held
