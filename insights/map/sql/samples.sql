-- Some touchpoints behind a number of the map, the newest first: what they are, not whose.
SELECT source, id, at, type, channel, phase, evidence
FROM
(
$sampled
)
ORDER BY at DESC, source, id
LIMIT {limit:UInt16}
