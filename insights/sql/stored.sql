-- Which names of a kind do the touchpoints of a tenant have?
SELECT toString($column) AS name
FROM touchpoints
WHERE tenant = {tenant:String}
GROUP BY name
ORDER BY name
LIMIT 100000
