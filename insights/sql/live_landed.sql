-- What has landed since the last look? How much in all, and the newest of it, without
-- whose it is. Only months in which something landed are read. The phase is the one on
-- arrival: the transition that it caused may land after it.
SELECT
    toUnixTimestamp64Milli(occurred_at) AS at,
    toString(type) AS type,
    toString(channel) AS channel,
    toString(phase) AS phase,
    count() OVER () AS landed
FROM touchpoints
WHERE
    tenant = {tenant:String}
    AND toYYYYMM(occurred_at) IN {months:Array(UInt32)}
    AND kafka_offset > {least:Int64}
    AND kafka_offset > transform(
        concat(
            toString(toYYYYMM(occurred_at)), '/',
            kafka_log, '/', toString(kafka_partition)
        ),
        {places:Array(String)},
        {offsets:Array(Int64)},
        toInt64(-1)
    )
ORDER BY received_at DESC, kafka_offset DESC
LIMIT {limit:UInt32}
