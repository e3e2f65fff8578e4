-- How many sessions of each kind are there, and how many of them are still open?
SELECT
    toString(kind) AS kind,
    count() AS sessions,
    countIf(status = 'open') AS open
FROM sessions FINAL
WHERE tenant = {tenant:String} AND status != 'superseded'
GROUP BY kind
ORDER BY sessions DESC, kind
