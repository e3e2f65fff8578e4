-- Anchors among touchpoints, and the phases entered, which come after the touchpoints of
-- their millisecond: one of these caused them.
SELECT
    person_id AS person,
    toUnixTimestamp64Milli(occurred_at) AS at_ms,
    toUInt32(4294967295) AS seq,
    leftPad(toString(transition_no), 10, '0') AS source,
    '' AS id,
    toString(to_phase) AS name,
    {unanchored:Bool}
        AND at_ms >= {from_ms:Int64}
        AND at_ms < {end_ms:Int64} AS anchor,
    true AS step
FROM transitions FINAL
WHERE tenant = {tenant:String}
    AND model = {model:String}
    AND deleted = 0
    AND occurred_at >= fromUnixTimestamp64Milli({first_ms:Int64}, 'UTC')
    AND occurred_at < fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC')
    AND $persona
