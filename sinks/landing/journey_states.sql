-- Records of parcours.journeys.state.v1 as rows of journey_states; the record itself
-- is kept in `state`, so here it is read as text and looked into afterwards.
SELECT
    held.tenant AS tenant,
    held.person_id AS person_id,
    held.revision AS revision,
    held.phase AS phase,
    fromUnixTimestamp64Milli(held.phase_since, 'UTC') AS phase_since,
    held.touchpoints AS touchpoints,
    fromUnixTimestamp64Milli(held.first_at, 'UTC') AS first_at,
    fromUnixTimestamp64Milli(held.last_at, 'UTC') AS last_at,
    held.orders AS orders,
    held.value_minor AS value_minor,
    held.counts AS counts,
    held.channels AS channels,
    held.sessions_total AS sessions_total,
    if(held.facts = '', '{}', held.facts) AS facts,
    held.consent AS consent,
    held.late AS late,
    held.emotions.observed.count AS emotions_observed,
    held.emotions.observed.hundredths / 100 AS emotions_observed_sum,
    JSONExtract(
        record, 'emotions', 'observed', 'last', 5, 'Nullable(Float32)'
    ) AS emotions_observed_last,
    held.emotions.inferred.count AS emotions_inferred,
    held.emotions.inferred.hundredths / 100 AS emotions_inferred_sum,
    JSONExtract(
        record, 'emotions', 'inferred', 'last', 5, 'Nullable(Float32)'
    ) AS emotions_inferred_last,
    held.merged_into AS merged_into,
    held.touchpoints = 0 AND held.late = 0 AND held.recent = '' AND held.known = ''
        AND empty(held.parts) AS blank,
    mapKeys(held.identity.routes) AS members,
    held.copies AS copies,
    record AS state,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM
(
    SELECT
        kafka_partition,
        kafka_offset,
        record,
        JSONExtract(record, 'Tuple(
            tenant String, person_id String, revision UInt64, phase String,
            phase_since Int64,
            touchpoints UInt32, first_at Int64, last_at Int64, orders UInt32,
            value_minor Map(String, Int64), counts Map(String, UInt32),
            channels Map(String, UInt32), sessions_total UInt32,
            facts String, consent Map(String, Bool), late UInt32,
            emotions Tuple(
                observed Tuple(count UInt32, hundredths Int64),
                inferred Tuple(count UInt32, hundredths Int64)
            ),
            merged_into String, recent String, known String, parts String,
            identity Tuple(routes Map(String, String)),
            copies Array(Tuple(person_id String, source String, id String))
        )') AS held
    FROM input('kafka_partition UInt16, kafka_offset UInt64, record String')
)
WHERE throwIf(
    held.tenant = '' OR held.person_id = ''
    OR held.phase_since NOT BETWEEN 0 AND 4102444799999
    OR held.first_at NOT BETWEEN 0 AND 4102444799999
    OR held.last_at NOT BETWEEN 0 AND 4102444799999,
    'not a journey state'
) = 0
