-- How many records were rejected, by stage and reason? A dead letter has no tenant.
SELECT
    toString(stage) AS stage,
    toString(reason) AS reason,
    count() AS records
FROM dead_letters FINAL
GROUP BY stage, reason
ORDER BY records DESC, stage, reason
