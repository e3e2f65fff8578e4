-- Who may be written to? By what persons said last, as far as their states know.
SELECT
    count() AS persons,
    sumMap(mapApply((purpose, given) -> (toString(purpose), toUInt64(given)), consent))
        AS given
FROM journey_states FINAL
WHERE tenant = {tenant:String} AND merged_into = '' AND NOT blank
    AND (touchpoints > 0 OR late > 0)
