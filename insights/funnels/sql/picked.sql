-- Of every optional step, the first touchpoint that fits between its neighbours.
arrayFold(
    (found, option) -> arrayPushBack(
        found,
        if(
            option.2 < entry OR option.2 >= entry + length(best),
            toInt64(0),
            arrayFirst(
                event -> bitAnd(event.2, option.1) != 0
                    AND event.1 > greatest(
                        best[option.2 - entry + 1],
                        arrayMax(arrayPushBack(found, toInt64(0)))
                    )
                    AND if(
                        option.2 - entry + 2 > length(best),
                        bitShiftRight(event.1, 20) - bitShiftRight(best[1], 20)
                            <= {window_ms:Int64},
                        event.1 < best[option.2 - entry + 2]
                    ),
                events
            ).1
        )
    ),
    arrayZip({optional_bits:Array(UInt64)}, {optional_levels:Array(UInt8)}),
    CAST([], 'Array(Int64)')
)
