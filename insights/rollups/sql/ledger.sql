-- What was rolled up last, by name?
SELECT
    toString(name) AS name,
    version,
    base,
    toUnixTimestamp64Milli(rolled_at) AS rolled_at,
    CAST(as_of, 'Map(String, Int64)') AS as_of,
    marks
FROM rollups FINAL
