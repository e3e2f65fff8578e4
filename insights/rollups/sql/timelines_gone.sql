-- Persons whose timelines were to be written anew and of whom nothing is left: merged
-- into another, erased, or never more than a bot.
INSERT INTO timelines (tenant, person_id, version)
SELECT tenant, person_id, {version:UInt64}
FROM timelines FINAL
WHERE version < {version:UInt64}
    AND notEmpty(events)
    AND ($chosen)
