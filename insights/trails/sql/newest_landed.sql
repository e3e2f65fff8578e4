-- When was the newest touchpoint of those behind the marks? 1970 where there is none.
SELECT toUnixTimestamp64Milli(max(occurred_at)) AS newest
FROM touchpoints
WHERE tenant = {tenant:String}
