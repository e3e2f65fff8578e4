-- How many different persons got to each step from an entry in a range of days, and how
-- many of them have an entry that still has time?
SELECT step, sum(units) AS reached, sumIf(units, open) AS waiting
FROM funnel_days FINAL
WHERE tenant = {tenant:String}
    AND definition = {definition:String}
    AND entry_day >= toDate({from_day:String})
    AND entry_day < toDate({to_day:String})
    AND previous_day < toDate({from_day:String})
GROUP BY step
ORDER BY step
