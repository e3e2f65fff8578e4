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
    $currency AS currency
FROM
(
    SELECT
        *,
        if(
            order_id = '' OR type != 'order_completed',
            concat(toString(source), '/', id),
            ''
        ) AS alone
    FROM
    (
$touchpoints
    )
) AS genuine
$again
$refunds
WHERE converts OR (NOT ($conversion) AND ($touch))
