-- The timelines of the persons whose hash lies between two numbers, written anew.
-- Between dollar signs stands a fixed text: all of them, or the touched ones.
INSERT INTO timelines
(
    tenant, person_id, version, newest_at, signature, present, events, channels, stores,
    campaigns, devices, members
)
SELECT
    tenant,
    person,
    {version:UInt64},
    toInt64(bitShiftRight(packed[-1], 22)),
    arrayFold(
        (bits, kind) -> bitOr(bits, bitShiftLeft(toUInt64(1), kind % 64)),
        kinds,
        toUInt64(0)
    ),
    arraySort(arrayDistinct(arrayMap(event -> toUInt32(bitAnd(event, 4194303)), packed)))
        AS kinds,
    arrayMap(one -> one.5, listed) AS packed,
    arrayMap(one -> one.6, listed),
    arrayMap(one -> one.7, listed),
    arrayMap(one -> one.8, listed),
    arrayMap(one -> one.9, listed),
    arrayFilter(member -> member != person, addressed)
FROM
(
    SELECT
        tenant,
        if(redirects.person != '', redirects.person, touchpoints.person_id) AS person,
        arraySort(
            one -> (one.1, one.2, one.3, one.4),
            groupArray((
                toUnixTimestamp64Milli(occurred_at),
                seq,
                toString(source),
                id,
                bitOr(
                    bitShiftLeft(toUInt64(toUnixTimestamp64Milli(occurred_at)), 22),
                    bitAnd(cityHash64(toString(type)), 4194303)
                ),
                channel,
                store_id,
                campaign_name,
                device_class
            ))
        ) AS listed,
        groupUniqArray(touchpoints.person_id) AS addressed
    FROM touchpoints FINAL
    LEFT ANY JOIN redirects
        ON touchpoints.tenant = redirects.tenant
        AND touchpoints.person_id = redirects.identifier
    WHERE NOT bot
        AND NOT machine
        AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
        AND toUnixTimestamp64Milli(occurred_at) <= transform(
            toString(tenant), {tenants:Array(String)}, {newest:Array(Int64)}, toInt64(-1)
        )
        AND cityHash64(tenant, person) BETWEEN {first:UInt64} AND {last:UInt64}
        AND ($chosen)
    GROUP BY tenant, person
)
