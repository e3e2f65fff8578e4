-- One row a path: the contacts before a conversion, or such as led to none.
-- A person's contacts belong to the next conversion, where that comes within the
-- look-back window. The others are paths to nothing: one a stretch of contacts, cut by a
-- conversion, and where more than the window lies between two.
-- part: persons fall into parts at random; the bootstrap draws parts.
-- What a lambda takes from outside is copied for every element: hence the columns of
-- numbers, one level below.
SELECT
    person,
    capped,
    part,
    converted,
    arrayMap(
        event -> if(has({names:Array(String)}, event.6), event.6, '(other)'), touches
    ) AS names,
    arrayMap(event -> end_at - event.1, touches) AS ages,
    minor,
    currency,
    touches,
    converted OR end_at + {lookback_ms:Int64} < {as_of_ms:Int64} AS settled
FROM
(
    SELECT
        person,
        capped,
        part,
        path.1 AS converted,
        path.2 AS touches,
        path.3 AS end_at,
        path.4 AS minor,
        path.5 AS currency
    FROM
    (
        SELECT
            person,
            capped,
            part,
            arrayFilter(event -> NOT event.5, stretch) AS contacts,
            arrayFilter(
                event -> bought AND event.1 + {lookback_ms:Int64} >= end_at, contacts
            ) AS claimed,
            arrayFilter(
                event -> NOT bought OR event.1 + {lookback_ms:Int64} < end_at, contacts
            ) AS free,
            arrayConcat(
                if(bought, [(bought, $claimed, end_at, end_minor, end_currency)], []),
                arrayMap(
                    lost -> (false, lost, lost[-1].1, toInt64(0), ''),
                    arraySplit(
                        (event, gap) -> gap > {lookback_ms:Int64},
                        free,
                        arrayDifference(arrayMap(event -> event.1, free))
                    )
                )
            ) AS paths
        FROM
        (
            SELECT
                person,
                capped,
                part,
                stretch,
                stretch[-1].5 AS bought,
                stretch[-1].1 AS end_at,
                stretch[-1].7 AS end_minor,
                stretch[-1].8 AS end_currency
            FROM
            (
                SELECT
                    person,
                    count() > {touchpoints:UInt32} AS capped,
                    cityHash64(person, {seed:UInt64}) % {parts:UInt32} AS part,
                    arraySlice(
                        arraySort(
                            groupArray(
                                (
                                    at_ms, seq, source, id,
                                    converts, name, minor, currency$told
                                )
                            )
                        ),
                        1,
                        {touchpoints:UInt32}
                    ) AS events
                FROM
                (
$events
                )
                GROUP BY person
            )
            ARRAY JOIN arraySplit(
                (event, bought_before) -> bought_before,
                events,
                arrayPushFront(arrayPopBack(arrayMap(event -> event.5, events)), false)
            ) AS stretch
        )
    )
    ARRAY JOIN paths AS path
)
WHERE (converted OR notEmpty(touches))
    AND end_at >= {from_ms:Int64}
    AND end_at < {end_ms:Int64}
