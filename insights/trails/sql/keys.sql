-- The hashes of some names, and one more than are wanted at most where there are more.
SELECT DISTINCT cityHash64(tenant, name) AS key
FROM
(
$names
)
WHERE {tenant:String} != ''
LIMIT {most:UInt64} + 1
