-- What has landed about the time before a moment? A text that changes with it: how far
-- each month's touchpoints have come, who is whom, and which phases were entered when.
SELECT concat(
    toString((
        SELECT groupBitXor(cityHash64(month, kafka_log, kafka_partition, reached))
        FROM
        (
            SELECT
                toYYYYMM(occurred_at) AS month,
                kafka_log,
                kafka_partition,
                max(kafka_offset) AS reached
            FROM touchpoints
            GROUP BY month, kafka_log, kafka_partition
        )
        WHERE month <= toYYYYMM(fromUnixTimestamp64Milli({until:Int64}, 'UTC'))
    )),
    '-',
    toString((
        SELECT sum(cityHash64(identifier, person))
        FROM redirects
        WHERE tenant = {tenant:String}
    )),
    '-',
    toString((
        SELECT
            sum(cityHash64(
                person_id, model, model_version, transition_no,
                to_phase, occurred_at, rule
            ))
        FROM transitions FINAL
        WHERE
            tenant = {tenant:String} AND deleted = 0
            AND occurred_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    ))
) AS landed
