-- Dead letters, the newest first; an empty filter lets all pass.
SELECT
    log,
    topic,
    partition,
    offset,
    stage,
    reason,
    detail,
    toUnixTimestamp64Milli(received_at) AS received_ms,
    payload_bytes,
    truncated
FROM dead_letters FINAL
WHERE {reason:String} = '' OR reason = {reason:String}
ORDER BY received_at DESC, log, topic, partition, offset
LIMIT {limit:UInt32}
