-- Touchpoints that complete an order, with what orders.sql reads, from trails: their place
-- in the trail is in the order of time, seq, source and id.
SELECT
    person_id AS person,
    'order_completed' AS type,
    order_id,
    one_source AS source,
    id,
    seq,
    fromUnixTimestamp64Milli(moment, 'UTC') AS occurred_at,
    value_minor,
    one_currency AS currency
FROM
(
    SELECT
        person_id,
        arrayMap(type -> type = 'order_completed', types) AS told,
        arrayFilter((one, tells) -> tells, arrayEnumerate(moments), told) AS seqs,
        arrayFilter((one, tells) -> tells, moments, told) AS told_moments,
        arrayFilter((one, tells) -> tells, order_ids, told) AS told_orders,
        arrayFilter((one, tells) -> tells, sources, told) AS told_sources,
        arrayFilter((one, tells) -> tells, ids, told) AS told_ids,
        arrayFilter((one, tells) -> tells, values_minor, told) AS told_values,
        arrayFilter((one, tells) -> tells, currencies, told) AS told_currencies
    FROM
    (
$trails
    )
    WHERE has(types, 'order_completed')
)
ARRAY JOIN
    seqs AS seq,
    told_moments AS moment,
    told_orders AS order_id,
    told_sources AS one_source,
    told_ids AS id,
    told_values AS value_minor,
    told_currencies AS one_currency
