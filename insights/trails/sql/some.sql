-- The touchpoints of a tenant in a range; never asked, only estimated. What it reads of
-- each keeps the engine from counting without reading.
SELECT sum(seq)
FROM touchpoints
WHERE tenant = {tenant:String}
    AND occurred_at >= fromUnixTimestamp64Milli({first:Int64}, 'UTC')
    AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
