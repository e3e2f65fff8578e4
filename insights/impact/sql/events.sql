-- Contacts and conversions. What converts is no contact of a later conversion.
SELECT
    person,
    toUnixTimestamp64Milli(occurred_at) AS at_ms,
    seq,
    toString(source) AS source,
    id,
    ($conversion) AS converts,
    $name AS name,
    ifNull(value_minor, 0) - $refunded AS minor,
    if(value_minor IS NULL, '', toString(currency)) AS currency
FROM
(
$touchpoints
) AS genuine
$refunds
WHERE converts OR ($touch)
