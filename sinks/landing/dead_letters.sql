-- Records of parcours.touchpoints.dead-letter.v1 as rows of dead_letters.
SELECT
    record.log AS log,
    record.topic AS topic,
    record.partition AS partition,
    record.offset AS offset,
    record.stage AS stage,
    record.reason AS reason,
    record.detail AS detail,
    fromUnixTimestamp64Milli(record.received_at, 'UTC') AS received_at,
    record.payload AS payload,
    record.payload_bytes AS payload_bytes,
    record.truncated AS truncated,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        log String, topic String, partition UInt16, offset UInt64,
        stage String, reason String, detail String, received_at Int64,
        payload String, payload_bytes UInt32, truncated Bool
    )
')
WHERE throwIf(
    record.log = '' OR record.topic = '' OR record.stage = '' OR record.reason = ''
    OR record.received_at NOT BETWEEN 0 AND 4102444799999,
    'not a dead letter'
) = 0
