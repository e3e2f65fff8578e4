-- For each person, how far they ever got in the phases of a model, from the day of the
-- first one. Everybody enters once, so there is no day before. Nobody's time runs out:
-- who has not got to the last phase may still get there.
SELECT
    step,
    entry_day,
    toDate(0) AS previous_day,
    true AS open
FROM
(
    SELECT
        toDate(min(occurred_at), {timezone:String}) AS entry_day,
        max(indexOf({phases:Array(String)}, toString(to_phase))) AS reached
    FROM transitions FINAL
    WHERE deleted = 0
        AND tenant = {tenant:String}
        AND model = {model:String}
        AND to_phase IN {phases:Array(String)}
    GROUP BY person_id
)
ARRAY JOIN arrayMap(k -> toUInt8(k), range(1, reached + 1)) AS step
