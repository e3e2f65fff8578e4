-- How often does each contact follow each state? A state is the last contacts, at most
-- {order}; [] is the start. ends: 1 in a conversion, 2 in nothing, 0 with `name`.
SELECT
    $part AS part,
    arraySlice(
        names,
        greatest(1, toInt32(at) - {order:UInt8} + 1),
        least(at, {order:UInt8})
    ) AS state,
    if(at = length(names), '', names[at + 1]) AS name,
    multiIf(at < length(names), 0, converted, 1, 2) AS ends,
    count() AS paths
FROM
(
$paths
)
ARRAY JOIN range(0, toUInt32(length(names) + 1)) AS at
WHERE settled AND notEmpty(names)
GROUP BY part, state, name, ends
ORDER BY part, state, name, ends
