-- Names that count as one person now, where any of them is among some keys.
SELECT DISTINCT tenant, arrayJoin(arrayPushBack(identifiers, person)) AS name
FROM
(
    SELECT
        tenant,
        person,
        groupArray(identifier) AS identifiers,
        max(cityHash64(tenant, identifier) IN $keys) AS named
    FROM redirects
    WHERE tenant IN {tenants:Array(String)}
    GROUP BY tenant, person
)
WHERE named OR cityHash64(tenant, person) IN $keys
