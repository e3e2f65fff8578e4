-- What is stored, as one text that changes whenever anything has landed, and where it is
-- asked for, with what was counted of it beforehand. Answered from the projections that are committed with the
-- rows; about nobody's data.
SELECT concat(
    toString((
        SELECT groupBitXor(cityHash64(place, log, partition, reached, rows))
        FROM
        (
            SELECT
                'touchpoints' AS place,
                kafka_log AS log,
                kafka_partition AS partition,
                max(kafka_offset) AS reached,
                count() AS rows
            FROM touchpoints
            GROUP BY kafka_log, kafka_partition
            UNION ALL
            SELECT 'states', kafka_log, kafka_partition, max(kafka_offset), count()
            FROM journey_states
            GROUP BY kafka_log, kafka_partition
            UNION ALL
            SELECT 'transitions', kafka_log, kafka_partition, max(kafka_offset), count()
            FROM transitions
            GROUP BY kafka_log, kafka_partition
            UNION ALL
            SELECT 'threads', kafka_log, kafka_partition, max(kafka_offset), count()
            FROM threads
            GROUP BY kafka_log, kafka_partition
            UNION ALL
            SELECT 'messages', kafka_log, kafka_partition, max(kafka_offset), count()
            FROM messages
            GROUP BY kafka_log, kafka_partition
            UNION ALL
            SELECT 'sessions', kafka_log, kafka_partition, max(kafka_offset), count()
            FROM sessions
            GROUP BY kafka_log, kafka_partition
        )
    )),
    '-',
    toString((
        SELECT sum(cityHash64(toString(name), version, rolled_at))
        FROM rollups FINAL
        WHERE {counted:Bool} AND NOT startsWith(name, 'trails-')
    ))
) AS stored
