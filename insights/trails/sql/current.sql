-- Of a person whose trail was written again, only the newest row: the same as FINAL, and
-- far cheaper, as few persons have more than one.
person_key NOT IN
(
    SELECT person_key
    FROM trails
    WHERE tenant = {tenant:String} AND model = {model:String} AND version > {base:UInt64}
)
OR (person_id, version) IN
(
    SELECT person_id, max(version)
    FROM trails
    WHERE tenant = {tenant:String} AND model = {model:String}
        AND person_key IN
        (
            SELECT person_key
            FROM trails
            WHERE tenant = {tenant:String} AND model = {model:String}
                AND version > {base:UInt64}
        )
    GROUP BY person_id
)
