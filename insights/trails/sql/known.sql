-- Trails written before, and those of the touched, made for this question already.
SELECT $columns
FROM trails
WHERE tenant = {tenant:String} AND model = {model:String}
    AND (notEmpty(moments) OR notEmpty(step_to))
    AND person_key NOT IN {touched:Array(UInt64)}
    AND ($chosen)
    AND ($current)
UNION ALL
SELECT $columns
FROM
(
    SELECT
        one.1 AS person_id,
        one.2 AS moments,
        one.3 AS phases,
        one.4 AS types,
        one.5 AS channels,
        one.6 AS stores,
        one.7 AS inward,
        one.8 AS emotions,
        one.9 AS observed,
        one.10 AS evidences,
        one.11 AS sources,
        one.12 AS ids,
        one.13 AS values_minor,
        one.14 AS currencies,
        one.15 AS order_ids,
        one.16 AS step_moments,
        one.17 AS step_from,
        one.18 AS step_to
    FROM
    (
        SELECT arrayJoin(CAST(
            {fresh:String},
            'Array(Tuple(
                String,
                Array(Int64),
                Array(LowCardinality(String)),
                Array(LowCardinality(String)),
                Array(LowCardinality(String)),
                Array(LowCardinality(String)),
                Array(Bool),
                Array(Nullable(Int32)),
                Array(Bool),
                Array(LowCardinality(String)),
                Array(LowCardinality(String)),
                Array(String),
                Array(Nullable(Int64)),
                Array(LowCardinality(String)),
                Array(String),
                Array(Int64),
                Array(LowCardinality(String)),
                Array(LowCardinality(String))
            ))'
        )) AS one
    )
)
WHERE $chosen
