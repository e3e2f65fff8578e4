-- Records of parcours.messages.due.v1 as rows of messages.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    record.message_id AS message_id,
    record.revision AS revision,
    record.status AS status,
    record.rule AS rule,
    record.rule_version AS rule_version,
    record.purpose AS purpose,
    record.channels AS channels,
    record.key AS key,
    record.cause.source AS cause_source,
    record.cause.id AS cause_id,
    record.cause.type AS cause_type,
    fromUnixTimestamp64Milli(record.cause.occurred_at, 'UTC') AS cause_at,
    fromUnixTimestamp64Milli(record.due_at, 'UTC') AS due_at,
    fromUnixTimestamp64Milli(record.expires_at, 'UTC') AS expires_at,
    record.reason AS reason,
    record.template AS template,
    fromUnixTimestamp64Milli(record.sent_at, 'UTC') AS sent_at,
    fromUnixTimestamp64Milli(record.delivered_at, 'UTC') AS delivered_at,
    fromUnixTimestamp64Milli(record.opened_at, 'UTC') AS opened_at,
    fromUnixTimestamp64Milli(record.clicked_at, 'UTC') AS clicked_at,
    fromUnixTimestamp64Milli(record.bounced_at, 'UTC') AS bounced_at,
    fromUnixTimestamp64Milli(record.converted_at, 'UTC') AS converted_at,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, message_id String, revision UInt64,
        status String, rule String, rule_version UInt32, purpose String,
        channels Array(String), key String,
        cause Tuple(source String, id String, type String, occurred_at Int64),
        due_at Int64, expires_at Int64, reason String, template String,
        sent_at Int64, delivered_at Int64, opened_at Int64, clicked_at Int64,
        bounced_at Int64, converted_at Int64
    )
')
WHERE throwIf(
    record.tenant = '' OR record.person_id = '' OR record.message_id = ''
    OR record.status NOT IN ('due', 'held_out', 'cancelled') OR record.rule = ''
    OR record.due_at NOT BETWEEN 1 AND 4102444799999
    OR arrayExists(
        at -> at NOT BETWEEN 0 AND 4102444799999,
        [
            record.cause.occurred_at, record.expires_at, record.sent_at,
            record.delivered_at, record.opened_at, record.clicked_at,
            record.bounced_at, record.converted_at
        ]
    ),
    'not a message'
) = 0
