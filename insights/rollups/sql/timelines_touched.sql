-- In timelines.sql: who was touched. The primary key leads to the rows.
touchpoints.person_key IN
(
    SELECT cityHash64(tenant, person_id)
    FROM touched_persons
    UNION DISTINCT
    SELECT cityHash64(tenant, identifier)
    FROM redirects
    WHERE (tenant, person) IN (SELECT tenant, person_id FROM touched_persons)
)
AND (tenant, person) IN (SELECT tenant, person_id FROM touched_persons)
