-- What is told outside a range of orders that are told in it as well: of those persons
-- alone, found before rows are put together.
type = 'order_completed'
AND NOT ($inside)
AND order_id IN
(
    SELECT order_id
    FROM touchpoints
    WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id != ''
        AND $inside
)
AND person_key IN
(
    SELECT person_key
    FROM touchpoints
    WHERE tenant = {tenant:String} AND type = 'order_completed'
        AND NOT ($inside)
        AND order_id IN
        (
            SELECT order_id
            FROM touchpoints
            WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id != ''
                AND $inside
        )
)
