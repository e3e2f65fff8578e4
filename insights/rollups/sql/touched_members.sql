-- Identifiers that were counted under a touched person until now: they may have become
-- somebody's of their own.
INSERT INTO touched_persons (tenant, person_id)
SELECT tenant, arrayJoin(members)
FROM timelines FINAL
WHERE person_key IN (SELECT cityHash64(tenant, person_id) FROM touched_persons)
    AND (tenant, person_id) IN (SELECT tenant, person_id FROM touched_persons)
