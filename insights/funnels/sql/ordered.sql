-- One touchpoint advances every walk it can, each by one step; a walk that is not
-- advanced waits. Walk k overwritten later always began later: the newest start wins.
arrayMap(
    (k, shorter, waiting) -> if(
        bitTest(event.2, k - 1) AND if(
            k = 1,
            bitTest(event.2, 31),
            notEmpty(shorter) AND event.1 - shorter[1] <= {window_ms:Int64}
        ),
        arrayPushBack(shorter, event.1),
        waiting
    ),
    range(1, {steps:UInt8} + 1),
    arrayPushFront(arrayPopBack(acc.2), CAST([], 'Array(Int64)')),
    acc.2
)
