-- Whose touchpoints or identity have changed since the last roll-up: everybody of whom a
-- row landed behind its marks, those whose identifiers a newer state names, and whoever
-- they count as now. Rows below the least mark are passed over by one comparison.
INSERT INTO touched_persons (tenant, person_id)
SELECT DISTINCT tenant, arrayJoin([name, redirects.person]) AS person_id
FROM
(
    SELECT DISTINCT tenant, person_id AS name
    FROM touchpoints
    PREWHERE toInt64(kafka_offset) > {least_touchpoint:Int64}
    WHERE toInt64(kafka_offset) > transform(
        concat('touchpoints/', toString(kafka_log), '/', toString(kafka_partition)),
        {logs:Array(String)}, {reached:Array(Int64)}, toInt64(-1)
    )
    UNION ALL
    SELECT DISTINCT
        tenant, arrayJoin(arrayConcat(members, [person_id, merged_into])) AS name
    FROM journey_states
    PREWHERE toInt64(kafka_offset) > {least_state:Int64}
    WHERE toInt64(kafka_offset) > transform(
        concat('journey_states/', toString(kafka_log), '/', toString(kafka_partition)),
        {logs:Array(String)}, {reached:Array(Int64)}, toInt64(-1)
    )
) AS named
LEFT ANY JOIN redirects
    ON named.tenant = redirects.tenant AND named.name = redirects.identifier
WHERE person_id != ''
