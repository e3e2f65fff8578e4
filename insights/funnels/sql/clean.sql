-- Walks of which nothing excluded came between. acc.1 is the best one that is settled,
-- since nothing excluded can come any more; acc.2 are the walks that can still grow;
-- acc.3 is the first walk of each length since something excluded came: it is the first
-- whose time is over, and settled then.
arrayFold(
    (acc, event) -> arrayMap(
        walks -> arrayMap(
            settled -> (
                if(length(settled) > length(acc.1), settled, acc.1),
                walks,
                arrayMap(
                    (k, one) -> if(
                        notEmpty(one) AND NOT ($ended),
                        one,
                        $reached
                    ),
                    range(1, {levels:UInt8} + 1),
                    acc.3
                )
            ),
            [
                arrayLast(
                    one -> notEmpty(one),
                    arrayMap(
                        (k, one) -> if(
                            notEmpty(one) AND ($ended) AND (
                                NOT ($excluded)
                                OR bitShiftRight(event.1, 20) > $deadline
                            ),
                            one,
                            CAST([], 'Array(Int64)')
                        ),
                        range(1, {levels:UInt8} + 1),
                        acc.3
                    )
                )
            ]
        )[1],
        [$advance]
    )[1],
    events,
    (
        CAST([], 'Array(Int64)'),
        $none,
        arrayWithConstant({levels:UInt8}, CAST([], 'Array(Int64)'))
    )
)
