-- Which of these raw records are dead letters?
SELECT log, partition, offset
FROM dead_letters FINAL
WHERE topic = {topic:String}
    AND (log, partition, offset) IN (
        SELECT place.1, place.2, place.3
        FROM
        (
            SELECT
                arrayJoin(arrayZip(
                    {logs:Array(String)},
                    {partitions:Array(UInt16)},
                    {offsets:Array(UInt64)}
                )) AS place
        )
    )
