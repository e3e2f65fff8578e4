-- When was each tenant's newest touchpoint?
SELECT toString(tenant) AS tenant, toUnixTimestamp64Milli(max(occurred_at)) AS newest
FROM touchpoints
GROUP BY tenant
