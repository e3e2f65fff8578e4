-- A page of a topic's dead letters with their sealed payloads, in order.
SELECT log, partition, offset, payload, truncated
FROM dead_letters FINAL
WHERE topic = {topic:String}
    AND ({reason:String} = '' OR reason = {reason:String})
    AND (log, partition, offset) > ({log:String}, {partition:UInt16}, {offset:UInt64})
ORDER BY log, partition, offset
LIMIT {page:UInt32}
