-- The trails of the touched as one text, to be given back with the questions over trails.
SELECT toString(groupArray(tuple(
    person_id, moments, phases, types, channels, stores, inward, emotions, observed,
    evidences, sources, ids, values_minor, currencies, order_ids, step_moments,
    step_from, step_to
))) AS trails
FROM
(
$trails
)
WHERE {tenant:String} != ''
