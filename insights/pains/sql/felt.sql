-- Touchpoints that hurt: a friction, or a customer who said so. A touchpoint lies in the
-- phase that its person stands in once it has happened; its emotion is in millionths.
SELECT
    touched.person AS person,
    toUnixTimestamp64Milli(touched.occurred_at) AS at_ms,
    phases.phase AS phase,
    replaceOne(toString(touched.emotion_evidence), 'friction:', '') AS pain,
    touched.emotion_observed AS observed,
    toString(touched.type) AS type,
    toString(touched.channel) AS channel,
    toInt64(round(assumeNotNull(touched.emotion) * 1000000)) AS millionths,
    toString(touched.source) AS source,
    touched.id AS id
FROM
(
$touchpoints
) AS touched
ASOF INNER JOIN
(
$phases
) AS phases
    ON touched.person = phases.person_id AND touched.occurred_at >= phases.entered_at
WHERE isNotNull(touched.emotion)
    AND millionths <= if(touched.emotion_observed, -1000000, -10000)
    AND touched.type NOT IN {control:Array(String)}
