-- Names that were counted as one person until now, where any of them is among some keys.
SELECT DISTINCT tenant, arrayJoin(arrayPushBack(members, person_id)) AS name
FROM trails
WHERE tenant IN {tenants:Array(String)} AND model = {model:String}
    AND (
        person_key IN $keys
        OR arrayExists(member -> cityHash64(tenant, member) IN $keys, members)
    )
