-- Up to which moment is a tenant's history known? 1970 where there is none.
SELECT greatest(
    (
        SELECT toUnixTimestamp64Milli(max(occurred_at))
        FROM touchpoints
        WHERE tenant = {tenant:String}
    ),
    (
        SELECT toUnixTimestamp64Milli(max(occurred_at))
        FROM transitions FINAL
        WHERE tenant = {tenant:String} AND model = {model:String} AND deleted = 0
    )
) AS newest
