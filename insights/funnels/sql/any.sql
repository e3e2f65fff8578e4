-- One walk for every set of steps (its bits), the greatest list of touchpoints of all
-- that did exactly these steps, in whatever order. The touchpoint joins as one of them.
arrayMap(
    (done, waiting) -> arrayReverseSort(
        arrayPushBack(
            arrayMap(
                k -> if(
                    done = bitShiftLeft(1, k),
                    if(bitTest(event.2, 30), [event.1], CAST([], 'Array(Int64)')),
                    if(
                        notEmpty($walks[done - bitShiftLeft(1, k)])
                        AND bitShiftRight(event.1, 20)
                            - bitShiftRight($walks[done - bitShiftLeft(1, k)][1], 20)
                            <= {window_ms:Int64},
                        arrayPushBack($walks[done - bitShiftLeft(1, k)], event.1),
                        CAST([], 'Array(Int64)')
                    )
                ),
                arrayFilter(
                    k -> bitTest(done, k) AND bitTest(event.2, k),
                    range(0, {levels:UInt8})
                )
            ),
            $waits
        )
    )[1],
    range(1, toUInt16({walks:UInt16} + 1)),
    $walks
)
