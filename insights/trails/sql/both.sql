-- Trails written before, and those of the touched, made now.
SELECT $columns
FROM trails
WHERE tenant = {tenant:String} AND model = {model:String}
    AND (notEmpty(moments) OR notEmpty(step_to))
    AND person_key NOT IN {touched:Array(UInt64)}
    AND ($chosen)
    AND ($current)
UNION ALL
SELECT $columns
FROM
(
$trails
)
WHERE $chosen
