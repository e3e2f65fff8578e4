-- Messages that were due at least a day ago and that no sender says it has sent, by rule.
-- Only due times of the range count.
SELECT
    toString(rule) AS rule,
    count() AS due,
    countIf(sent_ms = 0) AS unsent,
    uniqExactIf(person, sent_ms = 0) AS persons
FROM
(
    SELECT
        rule,
        if(redirects.person != '', redirects.person, messages.person_id) AS person,
        toUnixTimestamp64Milli(sent_at) AS sent_ms,
        toUnixTimestamp64Milli(due_at) AS due_ms
    FROM messages FINAL
    LEFT ANY JOIN
    (
        SELECT identifier, person
        FROM redirects
        WHERE tenant = {tenant:String}
    ) AS redirects ON messages.person_id = redirects.identifier
    WHERE tenant = {tenant:String} AND status = 'due'
)
WHERE due_ms >= {from_ms:Int64} AND due_ms < {end_ms:Int64}
    AND due_ms + 86400000 <= {as_of_ms:Int64} AND $among
GROUP BY rule
ORDER BY unsent DESC, rule
