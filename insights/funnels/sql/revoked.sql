-- Orders that were cancelled, refunded or returned by the moment of the answer.
SELECT order_id
FROM touchpoints FINAL
WHERE tenant = {tenant:String}
    AND type IN $revoking
    AND occurred_at <= fromUnixTimestamp64Milli({as_of_ms:Int64}, 'UTC')
