-- How many persons stand in each phase of the default model?
SELECT
    toString(phase) AS phase,
    count() AS persons
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
GROUP BY phase
ORDER BY phase
