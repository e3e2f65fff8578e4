-- Persons who entered and cannot have got any further: nothing that they ever did is the
-- second step, and their time is over. Their touchpoints need not be read.
SELECT count()
FROM timelines FINAL
WHERE tenant = {tenant:String} AND $entered AND NOT ($going_on)
