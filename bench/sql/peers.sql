-- The funnel as the peers ask it: plain windowFunnel over the touchpoints of the steps.
-- It counts persons by the last step they reached; times, pending and ties it cannot tell.
SELECT level, count() AS persons
FROM
(
    SELECT
        person_id,
        windowFunnel(604800)(
            toDateTime(occurred_at),
            type = {steps:Array(String)}[1], type = {steps:Array(String)}[2],
            type = {steps:Array(String)}[3], type = {steps:Array(String)}[4],
            type = {steps:Array(String)}[5]
        ) AS level
    FROM touchpoints
    WHERE tenant = 'default' AND type IN {steps:Array(String)}
    GROUP BY person_id
)
GROUP BY level
