-- Pages of help, and who contacted the shop soon after: what they do not answer. A page is
-- the part of its path with the word of help and, where no more than a language stands
-- before it, the part after: what else a path has may name somebody. It is told only where
-- enough persons viewed it, and never where it looks like somebody's address or number.
SELECT
    if(persons_on >= {at_least:UInt32} AND NOT private, page, '') AS page_told,
    uniqExactMerge(on_it) AS viewers,
    uniqExactMerge(after_it) AS callers
FROM
(
    SELECT
        page,
        position(page, '@') > 0 OR lengthUTF8(page) > 60
            OR match(replaceRegexpAll(page, '[^\\p{L}\\p{Nd}]', ''), '\\p{Nd}{5}') AS private,
        uniqExact(person) AS persons_on,
        uniqExactState(person) AS on_it,
        uniqExactStateIf(person, called) AS after_it
    FROM
    (
        SELECT
            person,
            tupleElement(view, 2) AS page,
            arrayExists(
                c -> c > view.1 AND c <= view.1 + {within_ms:Int64}, calls
            ) AS called
        FROM
        (
            SELECT
                person,
                groupArrayIf(at_ms, contact) AS calls,
                arrayJoin(groupArrayIf((at_ms, page), NOT contact)) AS view
            FROM
            (
                SELECT
                    person,
                    toUnixTimestamp64Milli(occurred_at) AS at_ms,
                    type IN ('support_contacted', 'call_started') AS contact,
                    lowerUTF8(decodeURLComponent(if(
                        type = 'screen_viewed',
                        JSONExtractString(properties, 'screen'),
                        path(JSONExtractString(properties, 'url'))
                    ))) AS whole,
                    '(^|[^a-z])(faq|help|aide|support|contact|sav)([^a-z]|$$)' AS of_help,
                    '^[\\p{L}\\p{Nd} _-]+([.](html?|php))?$$' AS plain,
                    arrayFilter(part -> part != '', splitByChar('/', whole)) AS parts,
                    arrayFirstIndex(part -> match(part, of_help), parts) AS place,
                    place = 1 OR (place = 2 AND match(parts[1], '^[a-z]{2}([_-][a-z]{2})?$$'))
                        AS in_front,
                    if(match(parts[place], plain), concat(
                        multiIf(NOT in_front, '…/', startsWith(whole, '/'), '/', ''),
                        if(in_front AND place = 2, concat(parts[1], '/'), ''),
                        parts[place],
                        if(in_front AND match(parts[place + 1], plain),
                            concat('/', parts[place + 1]), '')
                    ), '') AS page
                FROM
                (
$touchpoints
                )
                WHERE contact OR (
                    type IN ('page_viewed', 'screen_viewed', 'onboarding_content_viewed')
                    AND match(whole, of_help)
                )
            )
            GROUP BY person
        )
    )
    GROUP BY page
)
GROUP BY page_told
ORDER BY callers DESC, page_told
