-- Estimated, not asked: what a funnel over timelines reads, whatever its range. Its own
-- statement would take longer to plan than this to answer.
SELECT max(newest_at) AS newest
FROM timelines
WHERE tenant = {tenant:String}
