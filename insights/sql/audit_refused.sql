-- How many records of each log were refused?
SELECT log, topic, count() AS records
FROM dead_letters FINAL
GROUP BY log, topic
ORDER BY topic, log
