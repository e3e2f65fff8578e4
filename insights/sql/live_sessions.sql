-- How many sessions are open?
SELECT count() AS open
FROM sessions FINAL
WHERE tenant = {tenant:String} AND status = 'open'
