-- The trails of the touched, each column as one text, to be given back with the questions
-- over trails.
SELECT [
    toString(groupArray(person_id)),
    toString(groupArray(moments)),
    toString(groupArray(phases)),
    toString(groupArray(types)),
    toString(groupArray(channels)),
    toString(groupArray(stores)),
    toString(groupArray(inward)),
    toString(groupArray(emotions)),
    toString(groupArray(observed)),
    toString(groupArray(evidences)),
    toString(groupArray(sources)),
    toString(groupArray(ids)),
    toString(groupArray(values_minor)),
    toString(groupArray(currencies)),
    toString(groupArray(order_ids)),
    toString(groupArray(step_moments)),
    toString(groupArray(step_from)),
    toString(groupArray(step_to))
] AS columns
FROM
(
$trails
)
WHERE {tenant:String} != ''
