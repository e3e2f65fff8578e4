-- What personas are told by, counted from touchpoints: one row a person. told: orders as
-- often as they were told, and told_minor what these sum to.
SELECT
    person,
    toInt64(count()) AS touchpoints,
    toUnixTimestamp64Milli(min(occurred_at)) AS first_at_ms,
    toUnixTimestamp64Milli(max(occurred_at)) AS last_at_ms,
    toInt64(countIf(type = 'order_completed')) AS told,
    sumMapIf(
        map(toString(currency), ifNull(value_minor, 0)),
        type = 'order_completed' AND isNotNull(value_minor) AND currency != ''
    ) AS told_minor,
    sumMap(map(toString(type), toInt64(1))) AS counts,
    sumMap(map(toString(channel), toInt64(1))) AS channels,
    toInt64(uniqExactIf(session_id, session_id != '')) AS sessions_total,
    toInt64(countIf(isNotNull(emotion) AND emotion_observed)) AS emotions_observed,
    sumIf(toFloat64(ifNull(emotion, 0)), emotion_observed) AS emotions_observed_sum,
    toInt64(countIf(isNotNull(emotion) AND NOT emotion_observed)) AS emotions_inferred,
    sumIf(toFloat64(ifNull(emotion, 0)), NOT emotion_observed) AS emotions_inferred_sum
FROM
(
$touchpoints
)
WHERE type NOT IN $control
GROUP BY person
