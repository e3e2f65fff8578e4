-- What was tried leaves touchpoints that are nothing to it: most, where values are many.
SELECT
    * REPLACE (
        arrayFilter(
            event -> bitAnd(event.2, {no_entry:UInt64}) != 0, events
        ) AS events
    )
FROM
(
    $source
)
