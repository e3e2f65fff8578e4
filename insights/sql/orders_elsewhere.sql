-- What is told outside a range of orders that their persons told in it as well, found
-- before rows are put together. Several persons may have orders of one id, and one person
-- several names: pairs of name and id.
type = 'order_completed'
AND NOT ($inside)
AND (person_key, order_id) IN
(
    SELECT arrayJoin(groupUniqArray(person_key)), order_id
    FROM touchpoints
    $redirected
    WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id IN
    (
        SELECT order_id
        FROM touchpoints
        WHERE tenant = {tenant:String} AND type = 'order_completed' AND order_id != ''
            AND $inside
    )
    GROUP BY $person, order_id
    HAVING max($inside) AND NOT min($inside)
)
