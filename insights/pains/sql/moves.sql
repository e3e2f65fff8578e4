-- Which phase a person left when, and for which.
SELECT
    person_id,
    toString(from_phase) AS from_phase,
    toString(to_phase) AS to_phase,
    toUnixTimestamp64Milli(occurred_at) AS at_ms
FROM transitions FINAL
WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0 AND ($among)
