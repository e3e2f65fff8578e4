-- One row a person with an anchor: the events in order, and which of them are anchors.
SELECT
    person,
    count() > {touchpoints:UInt32} AS capped,
    $ordered(
        groupArraySorted({touchpoints:UInt32})(
            (at_ms, seq, source, id, name, anchor, step)
        )
    ) AS events,
    arraySlice(
        arrayFilter((n, event) -> event.6, arrayEnumerate(events), events),
        1,
        {anchors:UInt32}
    ) AS anchors,
    anchors[1] AS first_anchor,
    anchors[-1] AS last_anchor
FROM
(
$events
)
GROUP BY person
HAVING notEmpty(anchors)
