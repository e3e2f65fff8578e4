-- Searches that found nothing, by term. A term is told only where enough persons searched
-- for it, and never one that looks like an address or a number of somebody, however its
-- digits are set apart.
SELECT
    if(persons >= {at_least:UInt32} AND NOT private, wanted, '') AS term,
    sum(times) AS searches,
    uniqExactMerge(who) AS persons_in_all
FROM
(
    SELECT
        lowerUTF8(trimBoth(JSONExtractString(properties, 'query'))) AS wanted,
        position(wanted, '@') > 0
            OR match(replaceRegexpAll(wanted, '[^\\p{L}\\p{Nd}]', ''), '\\p{Nd}{5}')
            OR lengthUTF8(wanted) > 60 AS private,
        count() AS times,
        uniqExact(person) AS persons,
        uniqExactState(person) AS who
    FROM
    (
$touchpoints
    )
    WHERE type = 'products_searched'
        AND emotion_evidence = 'friction:search_without_result'
    GROUP BY wanted
)
GROUP BY term
ORDER BY persons_in_all DESC, term
