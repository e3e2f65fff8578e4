-- acc.1 is the best walk so far, acc.2 the walks that can still grow.
arrayFold(
    (acc, event) -> arrayMap(
        walks -> (if(length($top) > length(acc.1), $top, acc.1), walks),
        [$advance]
    )[1],
    events,
    (CAST([], 'Array(Int64)'), $none)
)
