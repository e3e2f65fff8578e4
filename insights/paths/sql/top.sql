-- Which paths are the most frequent ones, and how many are there in all?
SELECT
    names,
    ending,
    paths,
    persons,
    took_ms,
    sum(paths) OVER () AS all_paths,
    count() OVER () AS different,
    sumIf(paths, ending = '(open)') OVER () AS open
FROM
(
    SELECT
        names,
        ending,
        count() AS paths,
        uniqExact(person) AS persons,
        quantileExactInclusive(0.5)(abs(times[-1] - times[1])) AS took_ms
    FROM
    (
$paths
    )
    GROUP BY names, ending
)
ORDER BY paths DESC, names, ending
LIMIT {top:UInt32}
