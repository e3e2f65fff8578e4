-- Which journey models does each tenant have?
SELECT toString(model) AS model, groupUniqArray(toString(tenant)) AS tenants
FROM transitions
GROUP BY model
ORDER BY model
