-- Touchpoints behind a number of the map, with what is shown of them.
    SELECT
        touched.person AS person,
        toString(touched.source) AS source,
        touched.id AS id,
        toUnixTimestamp64Milli(touched.occurred_at) AS at,
        toString(touched.type) AS type,
        toString(touched.channel) AS channel,
        phases.phase AS phase,
        toString(touched.emotion_evidence) AS evidence
    FROM ($touchpoints) AS touched
    ASOF INNER JOIN ($phases) AS phases
        ON touched.person = phases.person_id AND touched.occurred_at >= phases.entered_at
    WHERE touched.type NOT IN {control:Array(String)}
        AND ({phase:String} = '' OR phases.phase = {phase:String})
        AND ({channel:String} = '' OR touched.channel = {channel:String})
        AND ({type:String} = '' OR touched.type = {type:String})
        -- A pain point has the touchpoints that hurt by it, as sql/felt.sql of the pains says.
        AND (
            {pain:String} = ''
            OR (
                {pain:String} = replaceOne(toString(touched.emotion_evidence), 'friction:', '')
                AND round(assumeNotNull(touched.emotion) * 1000000)
                    <= if(touched.emotion_observed, -1000000, -10000)
            )
        )
        AND (
            {felt:String} = ''
            OR (
                isNotNull(touched.emotion)
                AND (
                    {felt:String} = 'yes'
                    OR touched.emotion_observed = ({felt:String} = 'observed')
                )
            )
        )
