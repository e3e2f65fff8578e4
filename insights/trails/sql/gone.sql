-- Persons whose trails were to be written anew and of whom nothing is left: merged into
-- another, erased, or never more than a bot.
INSERT INTO trails (tenant, model, person_id, version)
SELECT tenant, model, person_id, {version:UInt64}
FROM trails FINAL
WHERE model = {model:String}
    AND tenant IN {tenants:Array(String)}
    AND version < {version:UInt64}
    AND (notEmpty(moments) OR notEmpty(step_to))
    AND ($chosen)
