-- The best walk of each person over packed touchpoints. `f` are those that can be a step,
-- behind a 0 for none; at each of them `began_k` is where the newest walk to step k began,
-- 0 for none, and `last_k` the place of the last touchpoint that got one there. `at_k` is
-- the place at which the best walk got to step k, found from its end; 0 where it did not.
SELECT
    $level AS level,
    $places
    capped,
    level < {steps:UInt8} AND bitShiftRight(began_1[-1], 22) + {window_ms:Int64}
        >= {as_of_ms:Int64} AS open,
    $times
    $bucket AS bucket
FROM
(
    SELECT
        $columns
        arrayFilter(event -> ($step_types) AND $in_range, events) AS matched,
        length(matched) > {cap:UInt32} AS capped,
        arrayPushFront(arraySlice(matched, 1, {cap:UInt32}), toUInt64(0)) AS f,
        arrayMap(event -> bitShiftLeft(bitShiftRight(event, 22), 22), f) AS moments,
        arrayEnumerate(f) AS places,
        $fills
    FROM timelines FINAL
    WHERE tenant = {tenant:String} AND $chosen
)
WHERE began_1[-1] > 0
