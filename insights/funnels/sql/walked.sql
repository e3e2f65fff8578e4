-- What became of each attempt: its best walk, and whether it has time left. `far` is how
-- it would have gone had nothing been excluded.
SELECT
    *,
    length(best) < {levels:UInt8} + 1 - entry
        AND $newest
        AND arrayExists(
            (k, walk) -> notEmpty(walk)
                AND bitShiftRight($latest[1], 20) + {window_ms:Int64}
                    >= {as_of_ms:Int64}
                AND $until,
            arrayEnumerate(waiting),
            waiting
        ) AS open,
    $picked AS picked
FROM
(
    SELECT *, freely.1 AS far, $best AS best, $waiting AS waiting
    FROM
    (
        SELECT
            *,
            $first AS entry,
            $free AS freely$cleaned
        FROM
        (
            $source
        )
    )
)
