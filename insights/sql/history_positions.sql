-- A page of persons whose key lies in a range: where each stands in a journey model.
SELECT
    person_id,
    positions[{model:String}].version AS version,
    positions[{model:String}].phase AS phase,
    JSONExtractUInt(state, 'told_until') AS told_until,
    members
FROM journey_states FINAL
WHERE tenant = {tenant:String}
    AND cityHash64(tenant, person_id) BETWEEN {first:UInt64} AND {last:UInt64}
    AND person_id > {after:String}
    AND merged_into = '' AND NOT blank
ORDER BY person_id
LIMIT {page:UInt32}
