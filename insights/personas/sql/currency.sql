-- The currency in which most persons bought.
SELECT toString(arrayJoin(mapKeys(value_minor))) AS currency
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
GROUP BY currency
ORDER BY count() DESC, currency
LIMIT 1
