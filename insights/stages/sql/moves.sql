-- From which phase to which did persons go, and after how long?
SELECT
    phase AS from_phase,
    next_phase AS to_phase,
    count() AS moves,
    uniqExact(person) AS persons,
    quantilesExactInclusive(0.5, 0.75, 0.95)(left_ms - entered_ms) AS stayed_ms
FROM
(
$stays
)
WHERE in_range AND NOT open AND $among
GROUP BY phase, next_phase
ORDER BY phase, next_phase
