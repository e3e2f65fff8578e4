-- In trail.sql: the touchpoints of everybody whose hash lies between two numbers.
person_key BETWEEN {first:UInt64} AND {last:UInt64}
OR person_key IN
(
    SELECT cityHash64(tenant, identifier)
    FROM redirects
    WHERE tenant IN {tenants:Array(String)}
        AND cityHash64(tenant, person) BETWEEN {first:UInt64} AND {last:UInt64}
)
