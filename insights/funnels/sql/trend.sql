-- What became of those who entered in each period?
SELECT
    period,
    count() AS entered,
    countIf(state = 'converted') AS converted,
    countIf(state = 'dropped') AS dropped,
    countIf(state = 'pending') AS pending,
    countIf(state = 'excluded') AS excluded
FROM
(
    $source
)
GROUP BY period
ORDER BY period
