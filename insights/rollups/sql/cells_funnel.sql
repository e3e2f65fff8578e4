-- For each person and step, the days of which an entry got there, each with the last
-- such day before. `to_m` is, at each touchpoint, when the earliest chain of the steps 2
-- to m that begins there or later is complete; without one, the end of all time.
SELECT
    cell.1 AS step,
    toDate(cell.2) AS entry_day,
    toDate(cell.3) AS previous_day,
    open
FROM
(
    SELECT
        arrayPushBack(
            arrayFilter(event -> $step_types, events), toUInt64(18446744073709551615)
        ) AS f,
        $fills
        arrayMap((event$names) -> $reach, f$names) AS levels,
        arrayMap(
            event -> toUInt16(toDate(
                fromUnixTimestamp64Milli(toInt64(bitShiftRight(event, 22)), 'UTC'),
                {timezone:String}
            )),
            arrayPopBack(f)
        ) AS days,
        arrayMap(
            k -> arrayCompact(
                arrayFilter((day, level) -> level >= k, days, arrayPopBack(levels))
            ),
            range(1, {steps:UInt8} + 1)
        ) AS days_of,
        arrayFlatten(arrayMap(
            (k, reached) -> arrayMap(
                (day, before) -> (toUInt8(k), day, before),
                reached,
                arrayPopBack(arrayPushFront(reached, 0))
            ),
            arrayEnumerate(days_of),
            days_of
        )) AS cells,
        bitShiftRight(
            arrayLast((event, level) -> level > 0, f, levels), 22
        ) + {window_ms:Int64} >= {as_of_ms:Int64} AS open
    FROM timelines FINAL
    WHERE tenant = {tenant:String} AND ($entered)
)
ARRAY JOIN cells AS cell
