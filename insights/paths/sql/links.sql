-- From which name at each position to which at the next do paths go, and after how long?
SELECT
    depth,
    arrayPushBack(names, ending)[depth] AS from_name,
    arrayPushBack(names, ending)[depth + 1] AS to_name,
    count() AS paths,
    quantilesExactInclusiveIf(0.5, 0.75, 0.95)(
        abs(times[depth + 1] - times[depth]), depth < length(times)
    ) AS dwell_ms
FROM
(
$paths
)
ARRAY JOIN arrayEnumerate(names) AS depth
WHERE to_name != '' AND depth <= {steps:UInt16}
GROUP BY depth, from_name, to_name
ORDER BY depth, from_name, to_name
