arrayMap(
    (level, place) -> if(
        level > 0, needed[level], if(excluded, toInt64(0), picked[place])
    ),
    {step_levels:Array(UInt8)},
    {step_places:Array(UInt8)}
)
