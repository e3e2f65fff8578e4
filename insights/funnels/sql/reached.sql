-- A unit that never got to the step of the breakdown is counted once.
SELECT *
FROM
(
    SELECT *, min(bucket.1 = 2) OVER (PARTITION BY unit) AS nowhere
    FROM
    (
        $source
    )
)
WHERE bucket.1 != 2 OR nowhere
LIMIT 1 BY unit, bucket
