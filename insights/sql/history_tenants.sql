-- Whose customers are there?
SELECT DISTINCT toString(tenant) AS tenant FROM journey_states ORDER BY tenant
