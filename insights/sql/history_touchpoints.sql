-- A page of the touchpoints that states were folded from, of names whose key lies in a
-- range, or of these names, in the order of the table. No types mean all of them.
SELECT
    person_key,
    person_id,
    toUnixTimestamp64Milli(occurred_at) AS occurred_at,
    toString(source) AS source,
    id,
    seq,
    toString(type) AS type,
    toString(channel) AS channel,
    toString(direction) AS direction,
    toString(store_id) AS store_id,
    toString(campaign_name) AS campaign_name,
    campaign_id,
    ifNull(value_minor, 0) AS value_minor,
    toString(currency) AS currency,
    if({properties:Bool}, properties, '') AS properties
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND $among
    AND (person_key, occurred_at, person_id, source, id) > (
        {after_key:UInt64},
        fromUnixTimestamp64Milli({after_at:Int64}, 'UTC'),
        {after_person:String},
        {after_source:String},
        {after_id:String}
    )
    AND NOT late AND NOT bot AND NOT machine
    AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
    AND (empty({types:Array(String)}) OR type IN {types:Array(String)})
ORDER BY person_key, occurred_at, person_id, source, id
LIMIT {page:UInt32}
