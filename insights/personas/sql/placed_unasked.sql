-- Stands for the channels of orders where no persona is told by them.
SELECT '' AS person, CAST(map(), 'Map(String, Int64)') AS ordered
WHERE false
