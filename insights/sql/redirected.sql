-- Joined to touchpoints: the person that a merged identifier turned out to be.
LEFT ANY JOIN
(
    SELECT identifier, person
    FROM redirects
    WHERE tenant = {tenant:String}
) AS redirects ON touchpoints.person_id = redirects.identifier
