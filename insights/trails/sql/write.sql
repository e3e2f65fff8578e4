-- The trails of some persons in one journey model, written anew.
INSERT INTO trails
(
    tenant, model, person_id, version, moments, phases, types, channels, stores, inward,
    emotions, observed, evidences, sources, ids, values_minor, currencies, order_ids,
    step_moments, step_from, step_to, members
)
SELECT
    tenant, {model:String}, person_id, {version:UInt64}, moments, phases, types, channels,
    stores, inward, emotions, observed, evidences, sources, ids, values_minor, currencies,
    order_ids, step_moments, step_from, step_to, members
FROM
(
$trails
)
