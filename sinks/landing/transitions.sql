-- Records of parcours.journeys.transitions.v1 as rows of transitions.
SELECT
    record.tenant AS tenant,
    record.person_id AS person_id,
    record.model AS model,
    record.model_version AS model_version,
    record.transition_no AS transition_no,
    record.from_phase AS from_phase,
    record.to_phase AS to_phase,
    fromUnixTimestamp64Milli(record.occurred_at, 'UTC') AS occurred_at,
    record.rule AS rule,
    record.cause.source AS cause_source,
    record.cause.id AS cause_id,
    record.cause.type AS cause_type,
    fromUnixTimestamp64Milli(record.cause.occurred_at, 'UTC') AS cause_at,
    record.revision AS revision,
    toUInt8(record.deleted) AS deleted,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, person_id String, model String, model_version UInt32,
        transition_no UInt32, from_phase String, to_phase String,
        occurred_at Int64, rule String,
        cause Tuple(source String, id String, type String, occurred_at Int64),
        revision UInt64, deleted Bool
    )
')
WHERE throwIf(
    record.tenant = '' OR record.person_id = '' OR record.model = ''
    OR record.transition_no = 0
    OR record.occurred_at NOT BETWEEN 0 AND 4102444799999
    OR record.cause.occurred_at NOT BETWEEN 0 AND 4102444799999,
    'not a transition'
) = 0
