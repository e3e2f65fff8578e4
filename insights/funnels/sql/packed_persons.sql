-- The best walk of each person over packed touchpoints, layer by layer: the engine reads
-- one long list of names that stand for each other again and again, and takes longer for
-- that than for the answer. In the layers, at each touchpoint of `f`, `began_k` is when the
-- newest walk to step k began << 22 | the place of the touchpoint that got it there; no
-- more than 4194303 for none. `at_k` is the place at which the best walk got to step k,
-- found from its end; 0 where it did not. Who never entered comes along with level 0:
-- leaving a row out costs a copy of all others.
SELECT
    level,
    capped,
    level < {steps:UInt8} AND bitShiftRight(began_1[-1], 22) + {window_ms:Int64}
        >= {as_of_ms:Int64} AS open,
    $times
    $value
FROM
(
    $layers
)
