-- Records of parcours.touchpoints.duplicates.v1 as rows of duplicates.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    record.source AS source,
    record.id AS id,
    fromUnixTimestamp64Milli(record.occurred_at, 'UTC') AS occurred_at,
    fromUnixTimestamp64Milli(record.received_at, 'UTC') AS received_at,
    record.raw_log AS raw_log,
    record.raw_partition AS raw_partition,
    record.raw_offset AS raw_offset,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, source String, id String,
        occurred_at Int64, received_at Int64,
        raw_log String, raw_partition UInt16, raw_offset UInt64
    )
')
WHERE throwIf(
    record.tenant = '' OR record.source = '' OR record.id = '' OR record.raw_log = ''
    OR record.occurred_at NOT BETWEEN 0 AND 4102444799999
    OR record.received_at NOT BETWEEN 0 AND 4102444799999,
    'not a duplicate'
) = 0
