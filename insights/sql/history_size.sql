-- How much history does a tenant have, and until when?
SELECT
    (SELECT count() FROM touchpoints WHERE tenant = {tenant:String}) AS touchpoints,
    (SELECT count() FROM journey_states WHERE tenant = {tenant:String}) AS persons,
    (
        SELECT toUnixTimestamp64Milli(max(occurred_at))
        FROM touchpoints
        WHERE tenant = {tenant:String}
    ) AS newest
