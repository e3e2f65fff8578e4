-- Of whom has anything landed behind the marks: touchpoints, states that name them, or
-- transitions. Between dollar signs: which rows are behind the marks.
SELECT DISTINCT tenant, name
FROM
(
    SELECT DISTINCT tenant, person_id AS name
    FROM touchpoints
    WHERE tenant IN {tenants:Array(String)} AND ($touchpoints)
    UNION ALL
    SELECT DISTINCT
        tenant, arrayJoin(arrayConcat(members, [person_id, merged_into])) AS name
    FROM journey_states
    WHERE tenant IN {tenants:Array(String)} AND ($journey_states)
    UNION ALL
    SELECT DISTINCT tenant, person_id AS name
    FROM transitions
    WHERE tenant IN {tenants:Array(String)} AND model = {model:String} AND ($transitions)
)
WHERE name != ''
