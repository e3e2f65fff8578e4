-- Which identifiers has a person been seen under? Twenty of each namespace at most.
SELECT
    arraySort(groupUniqArrayIf(20)(customer_id, customer_id != '')) AS customer_id,
    arraySort(groupUniqArrayIf(20)(loyalty_id, loyalty_id != '')) AS loyalty_id,
    arraySort(groupUniqArrayIf(20)(email_hash, email_hash != '')) AS email_hash,
    arraySort(groupUniqArrayIf(20)(phone_hash, phone_hash != '')) AS phone_hash,
    arraySort(groupUniqArrayIf(20)(device_id, device_id != '')) AS device_id,
    arraySort(groupUniqArrayIf(20)(anonymous_id, anonymous_id != '')) AS anonymous_id
FROM touchpoints
WHERE tenant = {tenant:String}
    AND person_key IN (
        SELECT cityHash64({tenant:String}, arrayJoin({names:Array(String)}))
    )
    AND person_id IN {names:Array(String)}
