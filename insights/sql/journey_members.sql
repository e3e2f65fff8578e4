-- Under which identifiers are the touchpoints of a person, and how is each linked?
SELECT
    members.identifier AS identifier,
    links.linked_to AS linked_to
FROM
(
    SELECT arrayJoin(members) AS identifier
    FROM journey_states FINAL
    WHERE tenant = {tenant:String} AND person_id = {person_id:String}
) AS members
LEFT ANY JOIN
(
    SELECT identifier, linked_to
    FROM identities FINAL
    WHERE tenant = {tenant:String}
        AND identifier IN (
            SELECT arrayJoin(members)
            FROM journey_states FINAL
            WHERE tenant = {tenant:String} AND person_id = {person_id:String}
        )
) AS links USING (identifier)
ORDER BY identifier
