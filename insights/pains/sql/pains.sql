-- Where it hurts, whom, and how much: by phase, kind of pain, touchpoint type and channel.
-- At stake: carts of these persons that were under way within the horizon after their
-- first such pain and are no orders, and orders that went back or were cancelled.
SELECT
    phase,
    pain,
    observed,
    type,
    channel,
    count() AS persons,
    sum(times) AS touchpoints,
    sum(emotions) / touchpoints AS emotion,
    sumMap(
        arrayMap(t -> t.4, at_stake), arrayMap(t -> t.3, at_stake)
    ) AS summed,
    tupleElement(summed, 1) AS currencies,
    tupleElement(summed, 2) AS values_minor,
    arraySlice(arraySort(groupArray(sample)), 1, 5) AS samples
FROM
(
    SELECT
        phase,
        pain,
        observed,
        type,
        channel,
        times,
        emotions,
        sample,
        arrayFilter(
            t -> t.2 >= first_ms AND t.1 <= first_ms + {horizon_ms:Int64}, lost
        ) AS at_stake
    FROM
    (
        SELECT
            person,
            phase,
            pain,
            observed,
            type,
            channel,
            count() AS times,
            sum(emotion) AS emotions,
            min(at_ms) AS first_ms,
            min(concat(source, ':', id)) AS sample
        FROM
        (
$felt
        )
        GROUP BY person, phase, pain, observed, type, channel
    ) AS hurt
    LEFT JOIN
    (
        SELECT
            person_id,
            groupArray((
                toUnixTimestamp64Milli(started_at),
                toUnixTimestamp64Milli(updated_at),
                value_minor,
                toString(currency)
            )) AS lost
        FROM threads FINAL
        WHERE tenant = {tenant:String} AND deleted = 0 AND currency != ''
            AND value_minor > 0
            AND (
                (kind = 'cart' AND status IN ('open', 'progressed', 'abandoned'))
                OR (kind = 'order' AND status IN ('returned', 'cancelled'))
            )
        GROUP BY person_id
    ) AS carts ON hurt.person = carts.person_id
)
GROUP BY phase, pain, observed, type, channel
