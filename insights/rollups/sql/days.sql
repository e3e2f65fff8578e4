-- The days of one registered funnel, of one tenant: only the cells that changed are
-- written, those that are empty now with 0. Doing it again writes nothing.
-- Between dollar signs stands the query for the cells as they are.
INSERT INTO funnel_days
(
    tenant, definition, step, entry_day, previous_day, open, version, units
)
SELECT
    {tenant:String},
    {definition:String},
    step,
    entry_day,
    previous_day,
    open,
    {version:UInt64},
    sum(fresh)
FROM
(
    SELECT step, entry_day, previous_day, open, count() AS fresh, toUInt64(0) AS known
    FROM
    (
        $cells
    )
    GROUP BY step, entry_day, previous_day, open
    UNION ALL
    SELECT step, entry_day, previous_day, open, toUInt64(0), units
    FROM funnel_days FINAL
    WHERE tenant = {tenant:String} AND definition = {definition:String} AND units > 0
)
GROUP BY step, entry_day, previous_day, open
HAVING sum(fresh) != sum(known)
