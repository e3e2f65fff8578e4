-- `f`: a person's touchpoints that can be a step, behind a 0 for none.
SELECT
    $kept,
    length(matched) > {cap:UInt32} AS capped,
    arrayPushFront(arraySlice(matched, 1, {cap:UInt32}), toUInt64(0)) AS f
FROM timelines
WHERE tenant = {tenant:String} AND $chosen
    AND ($current)
