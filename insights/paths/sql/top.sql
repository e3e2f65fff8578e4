-- Which paths are the most frequent ones?
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
ORDER BY paths DESC, names, ending
LIMIT {top:UInt32}
