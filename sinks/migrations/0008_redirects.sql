-- Under which name the touchpoints of a merged identifier are to be counted. It comes from
-- the person's own state: one step, however long the chain of links, and true as soon as
-- the state is. A touchpoint keeps the identifier that it was addressed to.
CREATE VIEW IF NOT EXISTS redirects {on_cluster} AS
SELECT tenant, arrayJoin(members) AS identifier, person_id AS person
FROM journey_states FINAL
WHERE notEmpty(members)
