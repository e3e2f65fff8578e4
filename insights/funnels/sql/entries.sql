-- An open funnel: the walks that begin with each step are asked by themselves.
SELECT *, first
FROM
(
    $source
)
ARRAY JOIN range(1, {levels:UInt8} + 1) AS first
