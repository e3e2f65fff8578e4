-- How many persons of each value got to each step, and how many of all together.
SELECT
    -- Everybody is in one bucket, so all of them together are the whole.
    arrayJoin(arrayDistinct([shown, (4, '')])) AS bucket,
    sum(capped_here) AS capped_persons,
    sumForEach(persons) AS found,
    found AS reached,
    sumForEach(waiting_persons) AS waiting,
    [$from_first] AS from_first,
    [$from_previous] AS from_previous
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY bucket.1 ORDER BY persons[1] DESC, bucket.2)
            AS place,
        if(bucket.1 = 0 AND place > {limit:UInt32}, (3, ''), bucket) AS shown
    FROM
    (
        SELECT
            (toUInt8(if(value = '', 1, 0)), toString(value)) AS bucket,
            countIf(capped AND level > 0) AS capped_here,
            [countIf(level > 0), $reached] AS persons,
            [$waiting] AS waiting_persons,
            $states
        FROM
        (
            $persons
        )
        GROUP BY value
    )
)
GROUP BY bucket
