-- What there is to choose from in a tenant's touchpoints: channels, stores and types; and
-- the time of the newest one, 0 where there is none.
SELECT
    groupUniqArray(toString(channel)) AS channels,
    groupUniqArrayIf(1000)(toString(store_id), store_id != '') AS stores,
    groupUniqArray(1000)(toString(type)) AS types,
    toUnixTimestamp64Milli(max(occurred_at)) AS newest
FROM touchpoints
WHERE tenant = {tenant:String}
