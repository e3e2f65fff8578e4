-- How many touchpoints of each type are stored, and what they were worth, by currency?
SELECT
    type,
    toString(currency) AS currency,
    count() AS touchpoints,
    count(value_minor) AS valued,
    ifNull(sum(value_minor), 0) AS total_minor
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND (tenant, person_id, source, id) NOT IN copied_touchpoints
GROUP BY type, currency
ORDER BY type, currency
