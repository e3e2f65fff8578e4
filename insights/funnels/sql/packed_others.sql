-- All who entered. Those of them who cannot have got any further, since nothing that they
-- ever did is the second step and their time is over, need not be looked at.
SELECT count()
FROM timelines
WHERE tenant = {tenant:String} AND $entered AND ($current)
