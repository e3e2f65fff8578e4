-- Which of these touchpoints are stored, whichever delivery of them it was?
SELECT DISTINCT toString(tenant) AS tenant, toString(source) AS source, id
FROM touchpoints
WHERE (tenant, source, id) IN (
    SELECT
        tupleElement(one, 1),
        tupleElement(one, 2),
        tupleElement(one, 3)
    FROM
    (
        SELECT arrayJoin(
            arrayZip(
                {tenants:Array(String)}, {sources:Array(String)}, {ids:Array(String)}
            )
        ) AS one
    )
)
