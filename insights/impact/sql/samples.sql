-- Some contacts of a name, or some conversions where there is no name, the newest first:
-- what they are, not whose. (other): of the names that are not told apart.
SELECT
    toString(source) AS source,
    id,
    toUnixTimestamp64Milli(occurred_at) AS at,
    toString(type) AS type,
    toString(channel) AS channel
FROM
(
$touchpoints
) AS genuine
WHERE if(
    {sample_of:String} = '',
    ($conversion)
        AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        AND occurred_at < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC'),
    NOT ($conversion) AND ($touch) AND if(
        {sample_of:String} = '(other)',
        NOT has({names:Array(String)}, $name),
        $name = {sample_of:String}
    )
)
ORDER BY genuine.occurred_at DESC, source, id
LIMIT {sample_limit:UInt16}
