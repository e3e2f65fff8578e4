-- Records of parcours.sessions.v1 as rows of sessions.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    record.session_id AS session_id,
    record.revision AS revision,
    record.status AS status,
    record.kind AS kind,
    record.place AS place,
    record.channel AS channel,
    fromUnixTimestamp64Milli(record.started_at, 'UTC') AS started_at,
    fromUnixTimestamp64Milli(record.ended_at, 'UTC') AS ended_at,
    record.touchpoints AS touchpoints,
    record.entry_type AS entry_type,
    record.exit_type AS exit_type,
    record.orders AS orders,
    record.value_minor AS value_minor,
    record.currency AS currency,
    record.campaign AS campaign,
    record.engaged AS engaged,
    record.superseded_by AS superseded_by,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, session_id String, revision UInt64,
        status String, kind String, place String, channel String,
        started_at Int64, ended_at Int64, touchpoints UInt32,
        entry_type String, exit_type String, orders UInt32, value_minor Int64,
        currency String, campaign String, engaged Bool, superseded_by String
    )
')
WHERE throwIf(
    record.tenant = '' OR record.person_id = '' OR record.session_id = ''
    OR record.status = ''
    OR record.started_at NOT BETWEEN 0 AND 4102444799999
    OR record.ended_at NOT BETWEEN 0 AND 4102444799999,
    'not a session'
) = 0
