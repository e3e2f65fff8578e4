-- Every change of phase of a person, with its rule and its cause; an empty model means all.
SELECT
    toString(model) AS model,
    model_version,
    transition_no,
    toString(from_phase) AS from_phase,
    toString(to_phase) AS to_phase,
    toUnixTimestamp64Milli(occurred_at) AS occurred_at,
    toString(rule) AS rule,
    toString(cause_source) AS cause_source,
    cause_id,
    toString(cause_type) AS cause_type,
    toUnixTimestamp64Milli(cause_at) AS cause_at,
    revision
FROM transitions FINAL
WHERE tenant = {tenant:String}
    AND person_id = {person_id:String}
    AND deleted = 0
    AND ({model:String} = '' OR model = {model:String})
ORDER BY model, transition_no
