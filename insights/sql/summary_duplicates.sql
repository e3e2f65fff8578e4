-- How many deliveries were duplicates of a touchpoint received before?
SELECT count() AS records
FROM duplicates FINAL
WHERE tenant = {tenant:String}
