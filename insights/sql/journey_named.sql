-- Which of these names have a journey, or turned out to be the name of somebody's?
SELECT person_id
FROM journey_states FINAL
WHERE tenant = {tenant:String}
    AND person_id IN {candidates:Array(String)}
    AND (merged_into != '' OR NOT blank)
ORDER BY person_id
