-- Where it hurts, whom, and how much: by phase, kind of pain, touchpoint type and channel.
-- At stake: carts of these persons that were under way within the horizon after their
-- first such pain and are no orders, and orders that went back or were cancelled. Of one
-- that several names had before they were one person, the row of the most counts.
SELECT
    phase,
    pain,
    observed,
    type,
    channel,
    count() AS persons,
    sum(times) AS touchpoints,
    sum(millionths_in_all) / touchpoints / 1000000 AS emotion,
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
        millionths_in_all,
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
            sum(millionths) AS millionths_in_all,
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
            person,
            groupArray((kept.2, kept.3, kept.4, kept.5)) AS lost
        FROM
        (
            SELECT
                if(redirects.person != '', redirects.person, threads.person_id) AS person,
                kind,
                thread_id,
                argMax(
                    (
                        toString(status),
                        toUnixTimestamp64Milli(started_at),
                        toUnixTimestamp64Milli(updated_at),
                        value_minor,
                        toString(currency)
                    ),
                    (threads.touchpoints, threads.updated_at, threads.revision)
                ) AS kept
            FROM threads FINAL
            LEFT ANY JOIN
            (
                SELECT identifier, person
                FROM redirects
                WHERE tenant = {tenant:String}
            ) AS redirects ON threads.person_id = redirects.identifier
            WHERE tenant = {tenant:String} AND deleted = 0 AND kind IN ('cart', 'order')
            GROUP BY person, kind, thread_id
        )
        WHERE kept.5 != '' AND kept.4 > 0
            AND (
                (kind = 'cart' AND kept.1 IN ('open', 'progressed', 'abandoned'))
                OR (kind = 'order' AND kept.1 IN ('returned', 'cancelled'))
            )
        GROUP BY person
    ) AS carts ON hurt.person = carts.person
)
GROUP BY phase, pain, observed, type, channel
ORDER BY phase, pain, observed, type, channel
