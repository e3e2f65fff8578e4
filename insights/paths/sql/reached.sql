-- How many persons got to each name within the window of any anchor, and how soon?
-- The soonest that anybody can: the first such event, from the anchor just before it.
-- '' is everybody with an anchor, (capped) those of whom not all is looked at.
SELECT
    name,
    count() AS persons,
    quantilesExactInclusive(0.5, 0.75, 0.95)(took) AS took_ms
FROM
(
    SELECT
        person,
        reached.1 AS name,
        argMin(reached.2, reached.3) AS took
    FROM
    (
        SELECT
            person,
            arrayFill(
                (since, known) -> known,
                arrayMap(event -> event.1, events),
                arrayMap(
                    (event, n) -> event.6 AND n <= last_anchor,
                    events,
                    arrayEnumerate(events)
                )
            ) AS anchored,
            arrayConcat(
                [('', 0, toUInt32(0), true)],
                if(capped, [('(capped)', 0, toUInt32(0), true)], []),
                arrayFilter(
                    one -> one.4 AND one.3 > first_anchor AND one.2 <= {window_ms:Int64},
                    arrayMap(
                        (event, since, n) -> (
                            event.5, abs(event.1 - since), n, event.7
                        ),
                        events,
                        arrayPushFront(arrayPopBack(anchored), 0),
                        arrayEnumerate(events)
                    )
                )
            ) AS steps
        FROM
        (
$persons
        )
    )
    ARRAY JOIN steps AS reached
    GROUP BY person, name
)
GROUP BY name
ORDER BY persons DESC, name
