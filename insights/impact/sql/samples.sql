-- Some touchpoints of the paths that are counted, the newest first: what they are, not
-- whose. Of conversions these themselves, or the contacts of a name before them; of other
-- paths the contacts, of all names or of one. A conversion stands last in its path.
SELECT
    touch.3 AS source,
    touch.4 AS id,
    touch.1 AS at,
    touch.9 AS type,
    touch.10 AS channel,
    uniqExact(person) OVER () AS persons
FROM
(
    SELECT
        person,
        arrayJoin(arrayFilter(
            (touch, name) -> touch.5 = (
                {sample_of:String} = 'unattributed'
                OR ({sample_of:String} = 'conversions' AND {sample_name:String} = '')
            ) AND {sample_name:String} IN ('', name),
            touches,
            names
        )) AS touch
    FROM
    (
$paths
    )
    WHERE multiIf(
        {sample_of:String} = 'conversions', converted,
        {sample_of:String} = 'unattributed', converted AND length(touches) = 1,
        {sample_of:String} = 'null_paths', NOT converted AND settled,
        NOT settled
    )
)
ORDER BY at DESC, source, id
LIMIT {sample_limit:UInt16}
