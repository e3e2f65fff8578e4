-- How many persons got to each step: times are sorted once, where those of buckets are put
-- together first.
SELECT
    (toUInt8(4), '') AS bucket,
    countIf(capped AND level > 0) AS capped_persons,
    [countIf(level > 0), $reached] AS found,
    ($others) - found[1] AS others,
    arrayMap((k, n) -> if(k <= 2, n + others, n), arrayEnumerate(found), found)
        AS reached,
    [$waiting] AS waiting,
    [$from_first] AS from_first,
    [$from_previous] AS from_previous
FROM
(
    $persons
)
