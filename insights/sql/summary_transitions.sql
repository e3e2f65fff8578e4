-- How often did a person pass from one phase to another, in each model?
SELECT
    toString(model) AS model,
    toString(from_phase) AS from_phase,
    toString(to_phase) AS to_phase,
    count() AS transitions
FROM transitions FINAL
WHERE tenant = {tenant:String} AND deleted = 0
GROUP BY model, from_phase, to_phase
ORDER BY model, transitions DESC, from_phase, to_phase
