-- Contacts and conversions. What converts is no contact of a later conversion, nor is an
-- order that is told again.
SELECT
    person,
    toUnixTimestamp64Milli(occurred_at) AS at_ms,
    seq,
    toString(source) AS source,
    id,
    ($conversion) AND $first AS converts,
    $name AS name,
    $minor - $refunded AS minor,
    $currency AS currency,
    toString(type) AS of_type,
    toString(channel) AS of_channel
FROM
(
    SELECT *, $alone AS alone
    FROM
    (
$touchpoints
    )
) AS genuine
$again
$refunds
WHERE converts OR (NOT ($conversion) AND ($touch))
