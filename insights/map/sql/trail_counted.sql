    -- The rows of counted.sql, from trails. `nth_…`: a touchpoint is the how manieth of its
    -- person in its cell, channel of the phase, type of the phase, phase, lane, or at all;
    -- the first ones are the different persons, and simply add up.
    SELECT
        multiIf(
            grouping(phase) = 1 AND grouping(channel) = 1, 'all',
            grouping(phase) = 1, 'lane',
            grouping(channel) = 1 AND grouping(type) = 1, 'phase',
            grouping(type) = 1, 'channel',
            grouping(channel) = 1, 'type',
            'cell'
        ) AS level,
        phase,
        channel,
        type,
        sum(times) AS touchpoints,
        multiIf(
            level = 'all', sum(firsts),
            level = 'lane', sum(lane_firsts),
            level = 'phase', sum(phase_firsts),
            level = 'channel', sum(channel_firsts),
            level = 'type', sum(type_firsts),
            sum(cell_firsts)
        ) AS persons,
        uniqExact(type) AS types,
        sum(observed_times) AS observed,
        sum(observed_in_all) AS observed_sum,
        sum(inferred_times) AS inferred,
        sum(inferred_in_all) AS inferred_sum,
        sumIf(times, has({planned:Array(String)}, concat(phase, ':', type))) AS expected
    FROM
    (
        SELECT
            toString(one_phase) AS phase,
            toString(one_channel) AS channel,
            toString(one_type) AS type,
            count() AS times,
            countIf(nth = 1) AS firsts,
            countIf(nth_lane = 1) AS lane_firsts,
            countIf(nth_phase = 1) AS phase_firsts,
            countIf(nth_channel = 1) AS channel_firsts,
            countIf(nth_type = 1) AS type_firsts,
            countIf(nth_cell = 1) AS cell_firsts,
            countIf(isNotNull(emotion) AND said) AS observed_times,
            sumIf(assumeNotNull(emotion), isNotNull(emotion) AND said) AS observed_in_all,
            countIf(isNotNull(emotion) AND NOT said) AS inferred_times,
            sumIf(assumeNotNull(emotion), isNotNull(emotion) AND NOT said)
                AS inferred_in_all
        FROM
        (
            SELECT *, arrayMap(phase -> phase != '', phases) AS placed
            FROM
            (
$trails
            )
        )
        ARRAY JOIN
            phases AS one_phase,
            channels AS one_channel,
            types AS one_type,
            emotions AS emotion,
            observed AS said,
            arrayEnumerateUniq(placed) AS nth,
            arrayEnumerateUniq(arrayMap(
                (place, channel) -> cityHash64(place, channel), placed, channels
            )) AS nth_lane,
            arrayEnumerateUniq(arrayMap(phase -> cityHash64(phase), phases)) AS nth_phase,
            arrayEnumerateUniq(arrayMap(
                (phase, channel) -> cityHash64(phase, channel), phases, channels
            )) AS nth_channel,
            arrayEnumerateUniq(arrayMap(
                (phase, type) -> cityHash64(phase, type), phases, types
            )) AS nth_type,
            arrayEnumerateUniq(arrayMap(
                (phase, channel, type) -> cityHash64(phase, channel, type),
                phases, channels, types
            )) AS nth_cell
        WHERE one_phase != ''
        GROUP BY one_phase, one_channel, one_type
    )
    GROUP BY GROUPING SETS
    (
        (phase, channel, type),
        (phase, channel),
        (phase, type),
        (phase),
        (channel),
        ()
    )
    HAVING touchpoints > 0
