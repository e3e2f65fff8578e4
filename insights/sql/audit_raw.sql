-- Where did the raw records of one log end, by raw partition? A record's coordinate
-- belongs in exactly one place. Sets of offsets are bitmaps: exact, and a few bits each.
-- `ends` and `bounds` have one value for each partition: the first offset that is not
-- looked at, and the first that the first agent need not have read yet.
SELECT
    partition,
    sumIf(rows, place = 'stored') AS stored,
    sumIf(rows, place = 'duplicate') AS duplicate,
    sumIf(rows, place = 'dead_lettered') AS dead_lettered,
    sum(rows) - bitmapCardinality(groupBitmapMergeState(offsets)) AS counted_twice,
    bitmapCardinality(groupBitmapMergeState(below)) AS below
FROM
(
    SELECT
        'stored' AS place,
        raw_partition AS partition,
        count() AS rows,
        groupBitmapState(raw_offset) AS offsets,
        groupBitmapStateIf(raw_offset, raw_offset < {bounds:Array(UInt64)}[raw_partition + 1])
            AS below
    FROM touchpoints FINAL
    WHERE raw_log = {log:String}
        AND raw_offset < {ends:Array(UInt64)}[raw_partition + 1]
    GROUP BY raw_partition
    UNION ALL
    SELECT
        'duplicate' AS place,
        raw_partition AS partition,
        count() AS rows,
        groupBitmapState(raw_offset) AS offsets,
        groupBitmapStateIf(raw_offset, raw_offset < {bounds:Array(UInt64)}[raw_partition + 1])
            AS below
    FROM duplicates FINAL
    WHERE raw_log = {log:String}
        AND raw_offset < {ends:Array(UInt64)}[raw_partition + 1]
    GROUP BY raw_partition
    UNION ALL
    SELECT
        'dead_lettered' AS place,
        dead_letters.partition AS partition,
        count() AS rows,
        groupBitmapState(dead_letters.offset) AS offsets,
        groupBitmapStateIf(
            dead_letters.offset,
            dead_letters.offset < {bounds:Array(UInt64)}[dead_letters.partition + 1]
        ) AS below
    FROM dead_letters FINAL
    WHERE log = {log:String}
        AND topic = {topic:String}
        AND dead_letters.offset < {ends:Array(UInt64)}[dead_letters.partition + 1]
    GROUP BY dead_letters.partition
)
GROUP BY partition
ORDER BY partition
