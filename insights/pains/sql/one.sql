-- The touchpoints of one pain point, the newest first.
SELECT source, id, at_ms, millionths / 1000000 AS emotion
FROM
(
$felt
)
WHERE phase = {phase:String} AND pain = {pain:String} AND observed = {observed:Bool}
    AND type = {type:String} AND channel = {channel:String}
ORDER BY at_ms DESC, source, id
LIMIT 100
