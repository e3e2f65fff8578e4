-- Of a person whose timeline was written again, only the newest row. The same as FINAL,
-- and far cheaper, as few persons have more than one.
person_key NOT IN (SELECT person_key FROM timelines WHERE version > {base:UInt64})
OR (person_key, version) IN
(
    SELECT person_key, max(version)
    FROM timelines
    WHERE person_key IN (SELECT person_key FROM timelines WHERE version > {base:UInt64})
    GROUP BY person_key
)
