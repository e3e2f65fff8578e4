-- Of those of whom an order was told more than once, as it seems before rows are put
-- together.
type = 'order_completed' AND person_key IN
(
    SELECT person_key
    FROM touchpoints
    WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id IN
    (
        SELECT order_id
        FROM touchpoints
        WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id != ''
        GROUP BY order_id
        HAVING count() > 1
    )
)
