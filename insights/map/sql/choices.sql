-- What a map may be narrowed to: the channels and the stores of a tenant's touchpoints.
SELECT
    groupUniqArray(toString(channel)) AS channels,
    groupUniqArrayIf(1000)(toString(store_id), store_id != '') AS stores
FROM touchpoints
WHERE tenant = {tenant:String}
