-- A unit's attempts one after the other: one ends with the touchpoint that completes it,
-- or when nothing of it has time left, or when a strict one is broken.
-- acc.1 says of every touchpoint whether an attempt begins with it, acc.2 are the walks
-- that can still grow, acc.3 whether the next touchpoint begins an attempt.
SELECT
    * REPLACE (episode AS events),
    place = length(episodes) AS newest
FROM
(
    SELECT
        *,
        arraySplit(
            (event, begins) -> begins,
            events,
            arrayFold(
                (acc, event) -> arrayMap(
                    was -> arrayMap(
                        walks -> (
                            arrayPushBack(
                                acc.1,
                                toUInt8(
                                    acc.3
                                    OR arrayExists(walk -> notEmpty(walk), acc.2)
                                        AND NOT arrayExists(walk -> notEmpty(walk), was)
                                    OR $broken
                                        AND arrayExists(walk -> notEmpty(walk), walks)
                                )
                            ),
                            if($over, $none, walks),
                            toUInt8($over)
                        ),
                        [$advance]
                    )[1],
                    [
                        if(
                            arrayExists(
                                walk -> notEmpty(walk)
                                    AND bitShiftRight(event.1, 20)
                                        - bitShiftRight($latest[1], 20)
                                        <= {window_ms:Int64},
                                acc.2
                            ),
                            acc.2,
                            $none
                        )
                    ]
                )[1],
                events,
                (CAST([], 'Array(UInt8)'), $none, toUInt8(0))
            ).1
        ) AS episodes
    FROM
    (
        $source
    )
)
ARRAY JOIN episodes AS episode, arrayEnumerate(episodes) AS place
