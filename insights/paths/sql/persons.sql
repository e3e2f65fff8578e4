-- One row a person with an anchor: the events in order, and which of them are anchors.
-- (groupArraySorted would need less memory, and takes four times as long for tuples.)
SELECT
    person,
    count() > {touchpoints:UInt32} AS capped,
    $ordered(
        arraySlice(
            arraySort(groupArray((at_ms, seq, source, id, name, anchor, step))),
            1,
            {touchpoints:UInt32}
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
