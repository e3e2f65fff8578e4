-- A page of journey states, in the order of their key, after a given one.
SELECT tenant, person_id, state
FROM journey_states FINAL
WHERE (tenant, person_id) > ({tenant:String}, {person_id:String})
ORDER BY tenant, person_id
LIMIT {page:UInt32}
