-- Every period in which a unit may enter is asked by itself: nobody enters in another.
SELECT
    * REPLACE (
        arrayMap(
            (event, at) -> (
                event.1,
                if(at = period, event.2, bitAnd(event.2, {no_entry:UInt64}))
            ),
            events,
            periods
        ) AS events
    ),
    period
FROM
(
    $source
)
ARRAY JOIN arrayDistinct(
    arrayFilter(
        (at, event) -> bitAnd(event.2, {entry_steps:UInt64}) != 0 AND bitTest(event.2, 30),
        periods,
        events
    )
) AS period
