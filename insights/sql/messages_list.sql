-- Which messages are there, of one person, rule or status, or of all? The newest first. A
-- message keeps the name that it was due to; it is of whoever that turned out to be.
SELECT
    message_id,
    if(redirects.person != '', redirects.person, m.person_id) AS person_id,
    toString(rule) AS rule,
    toString(status) AS status,
    toString(reason) AS reason,
    toString(purpose) AS purpose,
    channels,
    key,
    toString(cause_type) AS cause_type,
    toUnixTimestamp64Milli(cause_at) AS cause_at,
    toUnixTimestamp64Milli(due_at) AS due_at,
    toUnixTimestamp64Milli(expires_at) AS expires_at,
    toUnixTimestamp64Milli(sent_at) AS sent_at,
    toUnixTimestamp64Milli(opened_at) AS opened_at,
    toUnixTimestamp64Milli(clicked_at) AS clicked_at,
    toUnixTimestamp64Milli(converted_at) AS converted_at
FROM messages AS m FINAL
LEFT ANY JOIN
(
    SELECT identifier, person
    FROM redirects
    WHERE tenant = {tenant:String}
) AS redirects ON m.person_id = redirects.identifier
WHERE tenant = {tenant:String}
    -- Of the column alone: its bloom filter passes over what is of others.
    AND ({person_id:String} = '' OR m.person_id IN (
        SELECT {person_id:String}
        UNION ALL
        SELECT identifier
        FROM redirects
        WHERE tenant = {tenant:String} AND person = {person_id:String}
    ))
    AND ({person_id:String} IN ('', if(redirects.person != '', redirects.person, m.person_id)))
    AND ({rule:String} = '' OR rule = {rule:String})
    AND ({status:String} = '' OR status = {status:String})
    AND m.due_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    AND m.due_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
ORDER BY m.due_at DESC, message_id
LIMIT {limit:UInt32}
