-- What came of each rule's messages? Converted ones also among those held out.
SELECT
    toString(rule) AS rule,
    countIf(status = 'due') AS due,
    countIf(status = 'held_out') AS held_out,
    countIf(status = 'cancelled') AS cancelled,
    countIf(status = 'due' AND toUnixTimestamp64Milli(sent_at) > 0) AS sent,
    countIf(status = 'due' AND toUnixTimestamp64Milli(opened_at) > 0) AS opened,
    countIf(status = 'due' AND toUnixTimestamp64Milli(clicked_at) > 0) AS clicked,
    countIf(status = 'due' AND toUnixTimestamp64Milli(bounced_at) > 0) AS bounced,
    countIf(status = 'due' AND toUnixTimestamp64Milli(converted_at) > 0) AS converted,
    countIf(status = 'held_out' AND toUnixTimestamp64Milli(converted_at) > 0)
        AS converted_held_out
FROM messages FINAL
WHERE tenant = {tenant:String}
    AND due_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    AND due_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
GROUP BY rule
ORDER BY due DESC, rule
