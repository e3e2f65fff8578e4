-- How many touchpoints of each type are stored, and what they were worth, by currency?
SELECT
    type,
    toString(currency) AS currency,
    count() AS touchpoints,
    count(value_minor) AS valued,
    ifNull(sum(value_minor), 0) AS total_minor
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
GROUP BY type, currency
ORDER BY type, currency
