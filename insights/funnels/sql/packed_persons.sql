-- The best walk of each person over packed touchpoints. `f` are those that can be a step,
-- behind a 0 for none; at each of them `began_k` is when the newest walk to step k began
-- << 22 | the place of the touchpoint that got it there; no more than 4194303 for none. `at_k` is
-- the place at which the best walk got to step k, found from its end; 0 where it did not.
-- Who never entered comes along with level 0: leaving a row out costs a copy of all others.
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
        $fills
    FROM timelines
    WHERE tenant = {tenant:String} AND $chosen
        AND ($current)
)
