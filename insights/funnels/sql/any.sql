-- One walk for every set of steps (its bits), the greatest list of times of all that
-- did exactly these steps, in whatever order. The touchpoint joins as one of them.
arrayMap(
    (done, waiting) -> arrayReverseSort(
        arrayPushBack(
            arrayMap(
                k -> if(
                    done = bitShiftLeft(1, k),
                    if(bitTest(event.2, 31), [event.1], CAST([], 'Array(Int64)')),
                    if(
                        notEmpty(acc.2[done - bitShiftLeft(1, k)])
                        AND event.1 - acc.2[done - bitShiftLeft(1, k)][1]
                            <= {window_ms:Int64},
                        arrayPushBack(acc.2[done - bitShiftLeft(1, k)], event.1),
                        CAST([], 'Array(Int64)')
                    )
                ),
                arrayFilter(
                    k -> bitTest(done, k) AND bitTest(event.2, k),
                    range(0, {steps:UInt8})
                )
            ),
            waiting
        )
    )[1],
    range(1, toUInt16({walks:UInt16} + 1)),
    acc.2
)
