-- Came too late for the journey: of the persons whose journey states tell of such ones.
late AND person_key IN
(
    SELECT cityHash64(tenant, arrayJoin(arrayPushBack(members, person_id)))
    FROM journey_states
    WHERE tenant = {tenant:String} AND late > 0
)
