-- The rarer values of the breakdown together.
SELECT
    if(bucket.1 = 0 AND place > {most:UInt32}, (3, ''), bucket) AS bucket,
    attempt.1 AS capped,
    attempt.2 AS state,
    attempt.3 AS stop,
    attempt.4 AS done,
    attempt.5 AS walk,
    attempt.6 AS unit
FROM
(
    SELECT
        bucket,
        groupArray((capped, state, stop, done, walk, $unit)) AS attempts,
        row_number() OVER (
            PARTITION BY bucket.1 ORDER BY length(attempts) DESC, bucket.2
        ) AS place
    FROM
    (
        $source
    )
    GROUP BY bucket
)
ARRAY JOIN attempts AS attempt
