-- Which carts, orders, returns and tickets did a person have? The last touched first.
-- Of one that several names had before they were one person, the row of the most counts.
SELECT * EXCEPT (rank)
FROM
(
    SELECT
        toString(kind) AS kind,
        thread_id,
        toString(status) AS status,
        toUnixTimestamp64Milli(since) AS since,
        toUnixTimestamp64Milli(started_at) AS started_at,
        toUnixTimestamp64Milli(updated_at) AS updated_at,
        touchpoints,
        value_minor,
        toString(currency) AS currency,
        CAST(steps, 'Array(String)') AS steps,
        toString(cause_source) AS cause_source,
        cause_id,
        toString(cause_type) AS cause_type,
        toUnixTimestamp64Milli(cause_at) AS cause_at,
        toUnixTimestamp64Milli(due_at) AS due_at,
        row_number() OVER (
            PARTITION BY kind, thread_id
            ORDER BY touchpoints DESC, updated_at DESC, revision DESC
        ) AS rank
    FROM threads FINAL
    WHERE tenant = {tenant:String}
        AND person_id IN {names:Array(String)}
)
WHERE rank = 1
ORDER BY updated_at DESC, kind, thread_id
LIMIT {limit:UInt32}
