-- Records of parcours.identities.links.v1 as rows of identities.
SELECT
    record.tenant AS tenant,
    record.identifier AS identifier,
    record.revision AS revision,
    record.linked_to AS linked_to,
    record.shared AS shared,
    record.seen_with AS seen_with,
    record.implied_by AS implied_by,
    {kafka_log:String} AS kafka_log,
    kafka_partition,
    kafka_offset
FROM input('
    kafka_partition UInt16,
    kafka_offset UInt64,
    record Tuple(
        tenant String, identifier String, revision UInt64, linked_to String,
        shared Bool, seen_with Map(String, Int64), implied_by Map(String, String)
    )
')
WHERE throwIf(
    record.tenant = '' OR record.identifier = '' OR record.revision = 0,
    'not an identity link'
) = 0
