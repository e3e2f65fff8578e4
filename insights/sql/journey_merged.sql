-- Which of these identifiers turned out to be another's, and whose?
SELECT person_id AS identifier, merged_into
FROM journey_states FINAL
WHERE tenant = {tenant:String}
    AND person_id IN {names:Array(String)}
    AND merged_into != ''
