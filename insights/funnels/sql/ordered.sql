-- One touchpoint advances every walk it can, each by one step; a walk that is not
-- advanced waits. Walk k overwritten later always began later: the newest start wins.
arrayMap(
    (k, shorter, waiting) -> if(
        bitTest(event.2, k - 1) AND if(
            k = $first,
            bitTest(event.2, 30),
            notEmpty($prior)
                AND bitShiftRight(event.1, 20) - bitShiftRight($prior[1], 20)
                    <= {window_ms:Int64}
                AND $near
        ),
        $joined,
        $waits
    ),
    range(1, {levels:UInt8} + 1),
    arrayPushFront(arrayPopBack($walks), $nothing),
    $walks
)
