-- Which stored types have the code of another type, one that is asked about? In timelines
-- both would be one: a type is kept there as the last 22 bits of its hash.
SELECT whose AS tenant, stored, asked
FROM
(
    SELECT toString(tenant) AS whose, toString(type) AS stored
    FROM touchpoints
    WHERE tenant IN {tenants:Array(String)}
        AND bitAnd(cityHash64(type), 4194303) IN
        (
            SELECT bitAnd(cityHash64(arrayJoin({types:Array(String)})), 4194303)
        )
    GROUP BY whose, stored
)
ARRAY JOIN {types:Array(String)} AS asked
WHERE stored != asked
    AND bitAnd(cityHash64(stored), 4194303) = bitAnd(cityHash64(asked), 4194303)
ORDER BY whose, stored, asked
