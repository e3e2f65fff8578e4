-- The trails of some persons, from the touchpoints, as they are now. Between dollar signs
-- stand fixed texts: whose touchpoints, which persons, whose transitions.
SELECT
    tenant,
    person AS person_id,
    arrayMap(one -> one.1, listed) AS moments,
    arrayMap(
        moment -> by_time[arrayLastIndex(step -> step.2 <= moment, by_time)].4, moments
    ) AS phases,
    arrayMap(one -> one.5, listed) AS types,
    arrayMap(one -> one.6, listed) AS channels,
    arrayMap(one -> one.7, listed) AS stores,
    arrayMap(one -> one.8, listed) AS inward,
    arrayMap(one -> one.9, listed) AS emotions,
    arrayMap(one -> one.10, listed) AS observed,
    arrayMap(one -> one.11, listed) AS evidences,
    arrayMap(one -> one.3, listed) AS sources,
    arrayMap(one -> one.4, listed) AS ids,
    arrayMap(one -> one.12, listed) AS values_minor,
    arrayMap(one -> one.13, listed) AS currencies,
    arrayMap(one -> one.14, listed) AS order_ids,
    arrayMap(step -> step.2, steps) AS step_moments,
    arrayMap(step -> step.3, steps) AS step_from,
    arrayMap(step -> step.4, steps) AS step_to,
    arrayFilter(member -> member != person_id, addressed) AS members
FROM
(
    SELECT
        toString(touchpoints.tenant) AS tenant,
        if(redirects.person != '', redirects.person, touchpoints.person_id) AS person,
        arraySort(
            one -> (one.1, one.2, one.3, one.4),
            groupArray((
                toUnixTimestamp64Milli(occurred_at),
                seq,
                toString(source),
                id,
                toString(type),
                toString(channel),
                toString(store_id),
                direction = 'in',
                toInt32(round(emotion * 1000000)),
                emotion_observed,
                toString(emotion_evidence),
                if(type = 'order_completed', value_minor, NULL),
                if(type = 'order_completed', toString(currency), ''),
                if(type = 'order_completed', order_id, '')
            ))
        ) AS listed,
        groupUniqArray(touchpoints.person_id) AS addressed
    FROM
    (
        SELECT
            tenant, person_id, occurred_at, seq, source, id, type, channel, store_id,
            direction, emotion, emotion_observed, emotion_evidence, value_minor, currency,
            order_id
        FROM touchpoints FINAL
        -- Of the sorting key alone: what replaces a row passes as well.
        PREWHERE ($touchpoints)
        WHERE tenant IN {tenants:Array(String)}
            AND NOT bot
            AND NOT machine
            AND cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)
            AND type NOT IN {control:Array(String)}
    ) AS touchpoints
    LEFT ANY JOIN
    (
        SELECT tenant, identifier, person
        FROM redirects
        WHERE tenant IN {tenants:Array(String)}
    ) AS redirects
        ON touchpoints.tenant = redirects.tenant
        AND touchpoints.person_id = redirects.identifier
    WHERE $persons
    GROUP BY tenant, person
) AS theirs
FULL JOIN
(
    SELECT
        toString(tenant) AS tenant,
        person_id AS person,
        arraySort(groupArray((
            transition_no,
            toUnixTimestamp64Milli(occurred_at),
            toString(from_phase),
            toString(to_phase)
        ))) AS steps,
        arraySort(step -> (step.2, step.1), steps) AS by_time
    FROM transitions FINAL
    WHERE tenant IN {tenants:Array(String)}
        AND model = {model:String}
        AND deleted = 0
        AND ($transitions)
    GROUP BY tenant, person
) AS moves USING (tenant, person)
