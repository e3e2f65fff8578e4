-- Of those who entered each phase, how many went on, and how long did they stay?
SELECT
    $value AS value,
    phase,
    countIf(open) AS persons,
    countIf(first) AS entered,
    countIf(first AND beyond_ms > 0) AS moved_on,
    countIf(first AND beyond_ms = 0 AND NOT still_here) AS lapsed,
    countIf(first AND beyond_ms = 0 AND still_here) AS pending,
    countIf(in_range AND NOT open) AS stays_over,
    countIf(in_range AND open) AS stays_open,
    quantilesExactInclusiveIf(0.5, 0.75, 0.95)(
        left_ms - entered_ms, in_range AND NOT open
    ) AS stayed_ms,
    quantilesExactInclusiveIf(0.5, 0.75, 0.95)(
        left_ms - entered_ms, in_range AND open
    ) AS open_ms,
    quantilesExactInclusiveIf(0.5, 0.75, 0.95)(
        beyond_ms - entered_ms, first AND beyond_ms > 0
    ) AS moved_ms
FROM
(
$stays
) AS stays
$personas
WHERE $among
GROUP BY value, phase
ORDER BY value, phase
