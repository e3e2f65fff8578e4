-- Of all that was tried for a unit, what got farthest; then what has the most steps; then
-- what got there first; then what began last.
SELECT
    *,
    clean.1 AS best,
    clean.2 AS picked,
    clean.3 AS entry,
    free.1 AS far,
    free.2 AS far_entry
FROM
(
    SELECT
        $by,
        $carried,
        max(open) AS open,
        argMax(
            (best, picked, entry),
            (
                if(empty(best), 0, length(best) + entry - 1),
                length(best),
                -best[-1],
                best,
                $held
            )
        ) AS clean,
        argMax(
            (far, entry),
            (
                if(empty(far), 0, length(far) + entry - 1),
                length(far),
                -far[-1],
                far,
                $held
            )
        ) AS free
    FROM
    (
        $source
    )
    GROUP BY $by
)
