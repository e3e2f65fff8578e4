-- What became of each attempt: its best walk, and whether it has time left. `far` is how
-- it would have gone had nothing been excluded.
SELECT
    *,
    $first AS entry,
    $free AS freely,
    freely.1 AS far,
    $best AS best,
    $waiting AS waiting,
    length(best) < {levels:UInt8} + 1 - $first
        AND $newest
        AND arrayExists(
            (k, walk) -> notEmpty(walk) AND bitShiftRight($latest[1], 20) + {window_ms:Int64} >= {as_of_ms:Int64}
                AND $until,
            arrayEnumerate(waiting),
            waiting
        ) AS open,
    $picked AS picked
FROM
(
    $source
)
