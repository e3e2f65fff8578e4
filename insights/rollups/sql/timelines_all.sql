-- In timelines.sql: everybody. The primary key leads to the rows.
touchpoints.person_key BETWEEN {first:UInt64} AND {last:UInt64}
OR touchpoints.person_key IN
(
    SELECT cityHash64(tenant, identifier)
    FROM redirects
    WHERE cityHash64(tenant, person) BETWEEN {first:UInt64} AND {last:UInt64}
)
