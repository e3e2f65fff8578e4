-- The touchpoints that are steps or anchors.
SELECT
    person,
    toUnixTimestamp64Milli(occurred_at) AS at_ms,
    seq,
    toString(source) AS source,
    id,
    toString($name) AS name,
    ($anchor)
        AND at_ms >= {from_ms:Int64}
        AND at_ms < {end_ms:Int64} AS anchor,
    ($step) AS step
FROM
(
$touchpoints
)
WHERE anchor OR step
