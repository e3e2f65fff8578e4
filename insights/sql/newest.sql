-- When was a tenant's newest touchpoint? 1970 where there is none.
SELECT toUnixTimestamp64Milli(max(occurred_at)) AS newest
FROM touchpoints
WHERE tenant = {tenant:String}
