-- Each value that the step of the breakdown can have is tried; a unit without any such
-- touchpoint is tried once.
SELECT
    * REPLACE (
        arrayMap(
            (event, value) -> (
                event.1,
                if(
                    value = tried,
                    event.2,
                    bitAnd(event.2, bitNot({valued_bit:UInt64}))
                )
            ),
            events,
            values
        ) AS events
    ),
    tried
FROM
(
    SELECT
        *,
        arrayDistinct(
            arrayFilter(
                (value, event) -> bitAnd(event.2, {valued_bit:UInt64}) != 0,
                values,
                events
            )
        ) AS able
    FROM
    (
        $source
    )
)
ARRAY JOIN if(empty(able), [('', 0)], able) AS tried
