-- Joined to transitions: where the touchpoint happened that caused each.
LEFT ANY JOIN
(
    SELECT
        source,
        id,
        occurred_at AS at,
        toString(channel) AS channel,
        toString(store_id) AS store
    FROM touchpoints
    WHERE tenant = {tenant:String}
        AND (source, id, occurred_at) IN
        (
            SELECT cause_source, cause_id, cause_at
            FROM transitions FINAL
            WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
        )
) AS causes
ON transitions.cause_source = causes.source
    AND transitions.cause_id = causes.id
    AND transitions.cause_at = causes.at
