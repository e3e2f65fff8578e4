-- One row a path: what happened after (or before) an anchor of a person, step by step.
-- An event is (milliseconds, seq, source, id, name, is an anchor, is a step); they are in
-- the order of funnels, reversed for paths before an anchor. A path's first step is the
-- anchor. What a lambda takes from outside is copied for every element: hence the column
-- `since`.
SELECT
    person,
    capped,
    arrayFilter(
        (event, n) -> (n = 1 OR event.7)
            AND abs(event.1 - since) <= {window_ms:Int64},
        following,
        arrayEnumerate(following)
    ) AS within,
    arrayFilter(
        (event, before, n) -> n = 1 OR NOT {collapse:Bool} OR event.5 != before,
        within,
        arrayPushFront(arrayPopBack(arrayMap(event -> event.5, within)), ''),
        arrayEnumerate(within)
    ) AS kept,
    arrayMap(event -> event.5, arraySlice(kept, 1, {steps:UInt16} + 1)) AS names,
    arrayMap(event -> event.1, arraySlice(kept, 1, {steps:UInt16} + 1)) AS times,
    multiIf(
        length(kept) > {steps:UInt16} + 1, '',
        {ahead:Bool} AND since + {window_ms:Int64} >= {as_of_ms:Int64}, '(open)',
        {ahead:Bool}, '(end)',
        '(start)'
    ) AS ending
FROM
(
    SELECT
        person,
        capped,
        arraySlice(events, at) AS following,
        events[at].1 AS since
    FROM
    (
$persons
    )
    ARRAY JOIN $anchors AS at
)
