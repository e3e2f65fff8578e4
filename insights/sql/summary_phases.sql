-- How many persons stand in each phase of the default model? Nobody counts of whom only a
-- bot, a control event or what came late is known.
SELECT
    toString(phase) AS phase,
    count() AS persons
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank AND touchpoints > 0
GROUP BY phase
ORDER BY phase
