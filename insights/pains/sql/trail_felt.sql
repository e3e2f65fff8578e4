-- The rows of felt.sql, from trails.
SELECT
    person_id AS person,
    at_ms,
    toString(one_phase) AS phase,
    replaceOne(toString(evidence), 'friction:', '') AS pain,
    observed,
    toString(one_type) AS type,
    toString(one_channel) AS channel,
    millionths,
    toString(one_source) AS source,
    id
FROM
(
    SELECT
        person_id,
        arrayMap(
            (emotion, said, phase) -> isNotNull(emotion) AND phase != ''
                AND emotion <= if(said, -1000000, -10000),
            emotions, trails.observed, phases
        ) AS hurt,
        arrayFilter((one, keep) -> keep, moments, hurt) AS hurt_moments,
        arrayFilter((one, keep) -> keep, phases, hurt) AS hurt_phases,
        arrayFilter((one, keep) -> keep, evidences, hurt) AS hurt_evidences,
        arrayFilter((one, keep) -> keep, trails.observed, hurt) AS hurt_observed,
        arrayFilter((one, keep) -> keep, types, hurt) AS hurt_types,
        arrayFilter((one, keep) -> keep, channels, hurt) AS hurt_channels,
        arrayFilter((one, keep) -> keep, emotions, hurt) AS hurt_emotions,
        arrayFilter((one, keep) -> keep, sources, hurt) AS hurt_sources,
        arrayFilter((one, keep) -> keep, ids, hurt) AS hurt_ids
    FROM
    (
$trails
    ) AS trails
    WHERE arrayExists(emotion -> emotion <= -10000, emotions)
)
ARRAY JOIN
    hurt_moments AS at_ms,
    hurt_phases AS one_phase,
    hurt_evidences AS evidence,
    hurt_observed AS observed,
    hurt_types AS one_type,
    hurt_channels AS one_channel,
    arrayMap(emotion -> toInt64(assumeNotNull(emotion)), hurt_emotions) AS millionths,
    hurt_sources AS one_source,
    hurt_ids AS id
