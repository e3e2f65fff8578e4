-- Joined: orders of a person that were told more than once, by shop and till: of which
-- telling they are, and for how much.
LEFT ANY JOIN
(
    SELECT
        person AS told_of,
        order_id AS told_order,
        alone AS told_alone,
        tellings,
        told,
        currency AS told_currency,
        minor AS told_minor
    FROM
    (
$orders
    )
    WHERE tellings > 1
) AS again
    ON genuine.person = again.told_of
    AND genuine.order_id = again.told_order
    AND genuine.alone = again.told_alone
