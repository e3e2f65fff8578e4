-- Visits to stores, by what was known when they began, with help and without, and what
-- was bought from then on. A visit: touchpoints of a person in one store, none longer after
-- the one before than the gap. With help: helped in it, and until then no order of the
-- person was first told since it began, wherever. part: persons fall into a hundred parts.
-- state: counted; pending, where the window is not over; unseen, where the visit does not
-- begin with an arrival.
SELECT
    state,
    if(state = 'counted', place, '') AS store,
    if(state = 'counted', on_day, '') AS day,
    if(state = 'counted', at_hour, '') AS hour,
    if(state = 'counted', stood, '') AS phase,
    if(state = 'counted', had_ordered, '') AS orders,
    if(state = 'counted', was_here, '') AS recency,
    cityHash64(person) % 100 AS part,
    toBool(assisted) AS assisted,
    count() AS visits,
    countIf(notEmpty(bought)) AS converted,
    sumMap(
        arrayMap(o -> o.3, arrayFilter(o -> o.3 != '', bought)),
        arrayMap(o -> o.2, arrayFilter(o -> o.3 != '', bought))
    ) AS summed,
    tupleElement(summed, 1) AS currencies,
    tupleElement(summed, 2) AS values_minor
FROM
(
    SELECT
        person,
        place,
        helped.1 > 0 AND NOT arrayExists(
            o -> o.1 >= started_ms AND (o.1, o.4, o.5, o.6) < helped, orders
        ) AS assisted,
        multiIf(
            NOT arrived, 'unseen',
            started_ms + {within_ms:Int64} > {as_of_ms:Int64}, 'pending',
            'counted'
        ) AS state,
        toTimeZone(fromUnixTimestamp64Milli(started_ms, 'UTC'), {timezone:String}) AS here,
        multiIf(
            toDayOfWeek(here) = 6, 'Saturday', toDayOfWeek(here) = 7, 'Sunday', 'workday'
        ) AS on_day,
        multiIf(
            toHour(here) < 11, 'to 11', toHour(here) < 14, '11 to 14',
            toHour(here) < 17, '14 to 17', 'from 17'
        ) AS at_hour,
        toString(phases.phase) AS stood,
        arrayCount(
            o -> o.1 < started_ms AND o.1 + {history_ms:Int64} >= started_ms, orders
        ) AS ordered,
        multiIf(ordered < 2, toString(ordered), ordered < 4, '2 or 3', '4 or more')
            AS had_ordered,
        started_ms - last_ms AS away_ms,
        multiIf(
            last_ms = 0 OR away_ms > {history_ms:Int64}, 'new',
            away_ms <= 86400000, '1 d', away_ms <= 604800000, '7 d',
            away_ms <= 2592000000, '30 d', away_ms <= 7776000000, '90 d', 'longer'
        ) AS was_here,
        arrayFilter(
            o -> o.1 >= started_ms AND o.1 <= started_ms + {within_ms:Int64}, orders
        ) AS bought
    FROM
    (
        SELECT
            came.person AS person,
            came.place AS place,
            came.helped AS helped,
            came.arrived AS arrived,
            came.started_ms AS started_ms,
            came.before_ms AS before_ms,
            signs.at_ms AS last_ms
        FROM
        (
            SELECT
                person,
                place,
                visit[1].1 AS started_ms,
                started_ms - 1 AS before_ms,
                visit[1].6 AS arrived,
                arrayFirst(t -> t.5, visit) AS first_help,
                (first_help.1, first_help.2, first_help.3, first_help.4) AS helped
            FROM
            (
                SELECT
                    person,
                    toString(store_id) AS place,
                    arraySort(groupArray((
                        toUnixTimestamp64Milli(occurred_at),
                        seq,
                        toString(source),
                        id,
                        $helped,
                        $arrived
                    ))) AS touches,
                    arrayJoin(arraySplit(
                        (touch, silence) -> silence > {gap_ms:Int64},
                        touches,
                        arrayDifference(arrayMap(t -> t.1, touches))
                    )) AS visit
                FROM
                (
$touchpoints
                )
                WHERE channel IN {channels:Array(String)}
                    AND type NOT IN {control:Array(String)}
                    AND ({store:String} = '' OR store_id = {store:String})
                GROUP BY person, place
            )
            WHERE started_ms >= {from_ms:Int64} AND started_ms < {end_ms:Int64}
        ) AS came
        ASOF LEFT JOIN
        (
            SELECT person, toUnixTimestamp64Milli(occurred_at) AS at_ms
            FROM
            (
$touchpoints
            )
            WHERE direction = 'in' AND type NOT IN {control:Array(String)}
        ) AS signs ON came.person = signs.person AND came.before_ms >= signs.at_ms
    ) AS visits
    LEFT JOIN
    (
        SELECT
            person AS buyer,
            groupArray((
                toUnixTimestamp64Milli(told.1), minor, currency, told.2, told.3, told.4
            )) AS orders
        FROM
        (
$orders
        )
        GROUP BY buyer
    ) AS theirs ON visits.person = theirs.buyer
    ASOF LEFT JOIN
    (
        SELECT person_id, phase, toUnixTimestamp64Milli(entered_at) AS entered_ms
        FROM
        (
$phases
        )
    ) AS phases ON visits.person = phases.person_id AND visits.before_ms >= phases.entered_ms
)
GROUP BY state, store, day, hour, phase, orders, recency, part, assisted
