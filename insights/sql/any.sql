-- Is anything stored of a tenant?
SELECT 1 FROM touchpoints WHERE tenant = {tenant:String} LIMIT 1
