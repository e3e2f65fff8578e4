-- Rows of touchpoints that tell nothing new: sent again with other identifiers, before
-- anybody knew that both are one person. The person's state says which; once a copy it
-- stays one, so rows of a state that were replaced meanwhile are as good as the newest.
-- Hardly anybody has any: the condition is all that is read of the others. row_key: what
-- the columns of a row come to, as one number to look for; looking for four took thrice as
-- long.
ALTER TABLE journey_states {on_cluster}
    ADD COLUMN IF NOT EXISTS
        copies Array(Tuple(person_id String, source String, id String)) CODEC(ZSTD(1))
        AFTER members;

CREATE VIEW IF NOT EXISTS copied_touchpoints {on_cluster} AS
SELECT
    tenant,
    copy.1 AS person_id,
    copy.2 AS source,
    copy.3 AS id,
    cityHash64(cityHash64(tenant, person_id), source, id) AS row_key
FROM journey_states
ARRAY JOIN copies AS copy
WHERE notEmpty(copies);
