-- Which offsets of one raw partition below a bound are nowhere? The first ranges.
-- A range begins at an offset that is missing after one that is not, and ends before
-- one that is there after one that is not: two subtractions of shifted bitmaps.
-- Bitmaps of up to 32 values are in no order, hence 64 and the sorting.
SELECT
    arraySlice(
        arraySort(
            bitmapToArray(
                bitmapSubsetLimit(
                    bitmapAndnot(bitmapOr(bitmapBuild([toUInt64(0)]), shifted), here),
                    0,
                    64
                )
            )
        ),
        1,
        {limit:UInt8}
    ) AS firsts,
    arraySlice(
        arraySort(
            bitmapToArray(
                bitmapSubsetLimit(
                    bitmapAndnot(bitmapOr(bitmapBuild([{bound:UInt64}]), here), after),
                    0,
                    64
                )
            )
        ),
        1,
        {limit:UInt8}
    ) AS stops
FROM
(
    SELECT
        groupBitmapState(number) AS here,
        groupBitmapStateIf(number + 1, number + 1 < {bound:UInt64}) AS shifted,
        bitmapOr(bitmapBuild([toUInt64(0)]), groupBitmapState(number + 1)) AS after
    FROM
    (
        SELECT raw_offset AS number
        FROM touchpoints FINAL
        WHERE raw_log = {log:String}
            AND raw_partition = {partition:UInt16}
            AND raw_offset < {bound:UInt64}
        UNION ALL
        SELECT raw_offset AS number
        FROM duplicates FINAL
        WHERE raw_log = {log:String}
            AND raw_partition = {partition:UInt16}
            AND raw_offset < {bound:UInt64}
        UNION ALL
        SELECT dead_letters.offset AS number
        FROM dead_letters FINAL
        WHERE log = {log:String}
            AND topic = {topic:String}
            AND dead_letters.partition = {partition:UInt16}
            AND dead_letters.offset < {bound:UInt64}
    )
)
