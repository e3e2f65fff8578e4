-- Joined to transitions: where the touchpoint happened that caused each, as it landed last:
-- FINAL would put all rows of the tenant together for these few.
LEFT ANY JOIN
(
    SELECT
        source,
        id,
        occurred_at AS at,
        argMax(toString(channel), version) AS channel,
        argMax(toString(store_id), version) AS store
    FROM touchpoints
    WHERE tenant = {tenant:String}
        AND (source, id, occurred_at) IN
        (
            SELECT cause_source, cause_id, cause_at
            FROM transitions FINAL
            WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
        )
    GROUP BY source, id, occurred_at
) AS causes
ON transitions.cause_source = causes.source
    AND transitions.cause_id = causes.id
    AND transitions.cause_at = causes.at
