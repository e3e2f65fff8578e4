-- Trails written before; nothing has landed since.
SELECT $columns
FROM trails
WHERE tenant = {tenant:String} AND model = {model:String}
    AND (notEmpty(moments) OR notEmpty(step_to))
    AND ($chosen)
    AND ($current)
