-- Is there any touchpoint in a scope?
SELECT 1 AS there
FROM ($touchpoints)
LIMIT 1
