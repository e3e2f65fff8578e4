-- How many stored touchpoints of one raw log came too late to be part of a journey?
SELECT count() AS records
FROM touchpoints FINAL
WHERE late AND raw_log = {log:String}
