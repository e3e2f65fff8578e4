-- As ordered, but a walk that the next eligible touchpoint does not advance is over.
arrayMap(
    (k, shorter) -> if(
        bitTest(event.2, k - 1) AND if(
            k = 1,
            bitTest(event.2, 31),
            notEmpty(shorter) AND event.1 - shorter[1] <= {window_ms:Int64}
        ),
        arrayPushBack(shorter, event.1),
        CAST([], 'Array(Int64)')
    ),
    range(1, {steps:UInt8} + 1),
    arrayPushFront(arrayPopBack(acc.2), CAST([], 'Array(Int64)'))
)
