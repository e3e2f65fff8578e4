-- Records of parcours.threads.v1 as rows of threads.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    record.kind AS kind,
    record.thread_id AS thread_id,
    record.revision AS revision,
    record.status AS status,
    fromUnixTimestamp64Milli(record.since, 'UTC') AS since,
    fromUnixTimestamp64Milli(record.started_at, 'UTC') AS started_at,
    fromUnixTimestamp64Milli(record.updated_at, 'UTC') AS updated_at,
    record.touchpoints AS touchpoints,
    record.cause.source AS cause_source,
    record.cause.id AS cause_id,
    record.cause.type AS cause_type,
    fromUnixTimestamp64Milli(record.cause.occurred_at, 'UTC') AS cause_at,
    record.value_minor AS value_minor,
    record.currency AS currency,
    record.steps AS steps,
    if(
        record.due_at = 0, NULL, fromUnixTimestamp64Milli(record.due_at, 'UTC')
    ) AS due_at,
    toUInt8(record.deleted) AS deleted,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, kind String, thread_id String,
        revision UInt64, status String, since Int64, started_at Int64,
        updated_at Int64, touchpoints UInt32,
        cause Tuple(source String, id String, type String, occurred_at Int64),
        value_minor Int64, currency String, steps Array(String), due_at Int64,
        deleted Bool
    )
')
WHERE throwIf(
    record.tenant = '' OR record.person_id = '' OR record.kind = ''
    OR record.thread_id = '' OR record.status = ''
    OR record.since NOT BETWEEN 0 AND 4102444799999
    OR record.started_at NOT BETWEEN 0 AND 4102444799999
    OR record.updated_at NOT BETWEEN 0 AND 4102444799999
    OR record.due_at NOT BETWEEN 0 AND 4102444799999
    OR record.cause.occurred_at NOT BETWEEN 0 AND 4102444799999,
    'not a thread'
) = 0
