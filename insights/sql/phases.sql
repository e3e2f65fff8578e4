-- Which phase a person entered when, as it is known now; of several at one moment, the last.
SELECT
    person_id,
    occurred_at AS entered_at,
    toString(argMax(to_phase, transition_no)) AS phase
FROM transitions FINAL
WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
GROUP BY person_id, occurred_at
