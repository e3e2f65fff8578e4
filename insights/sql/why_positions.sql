-- Where does a person stand in each journey model?
SELECT
    tupleElement(position, 1) AS model,
    tupleElement(position, 2).version AS model_version,
    tupleElement(position, 2).phase AS phase,
    tupleElement(position, 2).since AS since
FROM
(
    SELECT arrayJoin(arrayZip(
        arrayMap(name -> toString(name), mapKeys(positions)), mapValues(positions)
    )) AS position
    FROM journey_states FINAL
    WHERE tenant = {tenant:String} AND person_id = {person_id:String}
)
WHERE phase != '' AND ({model:String} = '' OR model = {model:String})
ORDER BY model
