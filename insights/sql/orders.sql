-- One row an order of a person, however often shop and till told it: where and when it was
-- told first, and for how much: the highest value that was told, in the currency of the
-- first telling that has one. told_minor: what the tellings sum to. What has no order id,
-- or does not complete an order, is alone.
SELECT
    person,
    order_id,
    $alone AS alone,
    count() AS tellings,
    min((occurred_at, seq, toString(source), id)) AS told,
    argMinIf(
        toString(touchpoints.currency),
        (occurred_at, seq, source, id),
        isNotNull(value_minor) AND touchpoints.currency != ''
    ) AS currency,
    maxMapIf(
        map(toString(touchpoints.currency), ifNull(value_minor, 0)),
        isNotNull(value_minor)
    )[currency] AS minor,
    sumMapIf(
        map(toString(touchpoints.currency), ifNull(value_minor, 0)),
        isNotNull(value_minor) AND touchpoints.currency != ''
    ) AS told_minor
FROM
(
$touchpoints
) AS touchpoints
WHERE $completed
GROUP BY person, order_id, alone
