-- Under which names did touchpoints with an identifier come? No namespace means any.
SELECT person_id
FROM touchpoints
WHERE tenant = {tenant:String}
    AND (
        ({namespace:String} IN ('', 'customer_id') AND customer_id = {value:String})
        OR ({namespace:String} IN ('', 'loyalty_id') AND loyalty_id = {value:String})
        OR ({namespace:String} IN ('', 'email_hash') AND email_hash = {value:String})
        OR ({namespace:String} IN ('', 'phone_hash') AND phone_hash = {value:String})
        OR ({namespace:String} IN ('', 'device_id') AND device_id = {value:String})
        OR ({namespace:String} IN ('', 'anonymous_id') AND anonymous_id = {value:String})
    )
GROUP BY person_id
ORDER BY person_id
LIMIT 101
