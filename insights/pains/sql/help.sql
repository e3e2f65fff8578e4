-- Pages of help, and who contacted the shop soon after: what they do not answer. A page is
-- its path; it is told only where enough persons viewed it.
SELECT
    if(persons_on >= {at_least:UInt32}, page, '') AS page_told,
    uniqExactMerge(on_it) AS viewers,
    uniqExactMerge(after_it) AS callers
FROM
(
    SELECT
        page,
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
                    lowerUTF8(if(
                        type = 'screen_viewed',
                        JSONExtractString(properties, 'screen'),
                        path(JSONExtractString(properties, 'url'))
                    )) AS page
                FROM
                (
$touchpoints
                )
                WHERE contact OR (
                    type IN ('page_viewed', 'screen_viewed', 'onboarding_content_viewed')
                    AND match(page, '(^|[^a-z])(faq|help|aide|support|contact|sav)([^a-z]|$$)')
                )
            )
            GROUP BY person
        )
    )
    GROUP BY page
)
GROUP BY page_told
ORDER BY callers DESC, page_told
