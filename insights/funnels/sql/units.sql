-- Every unit's touchpoints that matter, in their order. `at` is the time in milliseconds
-- times 2^20 plus the place in this order: unique, and sorted as the touchpoints are.
-- The bits of the mask are told in insights/funnels/masks.py.
SELECT
    unit,
    length(sorted) > {cap:UInt32} AS capped,
    arraySlice(sorted, 1, {cap:UInt32}) AS kept,
    arrayMap(
        (event, place) -> (bitShiftLeft(event.1, 20) + place, event.5),
        kept,
        arrayEnumerate(kept)
    ) AS events$columns
FROM
(
    SELECT
        $unit AS unit,
        arraySort(
            groupArray(
                (
                    toUnixTimestamp64Milli(occurred_at),
                    seq,
                    toString(source),
                    id,
                    toUInt64($mask)$details
                )
            )
        ) AS sorted
    FROM touchpoints FINAL
    $joined
    WHERE tenant = {tenant:String}
        AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        AND occurred_at <= fromUnixTimestamp64Milli({last_ms:Int64}, 'UTC')
        AND $unit != ''
        AND ($considered)
        AND $genuine
    GROUP BY unit
)
