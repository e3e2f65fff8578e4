-- Where a topic's dead letters are.
SELECT log, partition, offset
FROM dead_letters FINAL
WHERE topic = {topic:String} AND ({reason:String} = '' OR reason = {reason:String})
