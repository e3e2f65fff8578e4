-- How recently, how often and for how much did persons buy, in fifths, by currency?
SELECT
    currency,
    recency,
    frequency,
    value,
    count() AS persons,
    sum(orders) AS orders_sum,
    sum(spent) AS value_minor,
    any(recency_cuts) AS recency_cuts,
    any(frequency_cuts) AS frequency_cuts,
    any(value_cuts) AS value_cuts
FROM
(
    SELECT
        currency,
        orders,
        spent,
        quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)(last_ms) OVER each AS recency_cuts,
        quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)(orders) OVER each AS frequency_cuts,
        quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)(spent) OVER each AS value_cuts,
        1 + arrayCount(cut -> last_ms > cut, recency_cuts) AS recency,
        1 + arrayCount(cut -> orders > cut, frequency_cuts) AS frequency,
        1 + arrayCount(cut -> spent > cut, value_cuts) AS value
    FROM
    (
        SELECT
            person,
            currency,
            max(toUnixTimestamp64Milli(told.1)) AS last_ms,
            toInt64(count()) AS orders,
            sum(minor) AS spent
        FROM
        (
$orders
        )
        WHERE currency != ''
        GROUP BY person, currency
    )
    WINDOW each AS (PARTITION BY currency)
)
GROUP BY currency, recency, frequency, value
ORDER BY currency, recency DESC, frequency DESC, value DESC
