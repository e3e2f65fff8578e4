-- What do the models that look at single paths give each name?
-- first, last, linear, position, time_decay, shapley: in this order, as integers
-- (millionths of a conversion, thousandths of a minor unit), so that sums are exact.
SELECT
    part,
    currency,
    name,
    countIf(nth = 1) AS conversions,
    countIf(nth = 1 AND name != last) AS assisted,
    sumIf(minor, nth = 1 AND name != last) AS assisted_minor,
    sumForEach(
        arrayMap(weight -> toInt64(round(weight * 1000000)), weights)
    ) AS micro,
    sumForEach(
        arrayMap(weight -> toInt64(round(weight * minor * 1000)), weights)
    ) AS milli
FROM
(
    SELECT
        part,
        currency,
        minor,
        name,
        nth,
        last,
        [
            toFloat64(at = 1),
            toFloat64(at = n),
            1 / n,
            multiIf(n = 1, 1, n = 2, 0.5, at IN (1, n), 0.4, 0.2 / (n - 2)),
            weight / weights_sum,
            if(nth = 1, 1 / different, 0)
        ] AS weights
    FROM
    (
        SELECT
            part,
            currency,
            minor,
            names,
            length(names) AS n,
            names[-1] AS last,
            length(arrayDistinct(names)) AS different,
            arrayMap(
                age -> pow(2, (newest - age) / {half_life_ms:Int64}), ages
            ) AS fresh,
            arraySum(fresh) AS weights_sum
        FROM
        (
            SELECT part, currency, minor, names, ages, ages[-1] AS newest
            FROM
            (
$paths
            )
            WHERE converted AND notEmpty(names)
        )
    )
    ARRAY JOIN
        names AS name,
        arrayEnumerate(names) AS at,
        arrayEnumerateUniq(names) AS nth,
        fresh AS weight
)
GROUP BY part, currency, name
ORDER BY part, currency, name
