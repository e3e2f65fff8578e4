-- Where each person stands in each journey model, read out of the state as it is
-- written: questions over all persons need not read the states themselves.
ALTER TABLE journey_states {on_cluster}
    ADD COLUMN IF NOT EXISTS positions
        Map(LowCardinality(String), Tuple(version UInt32, phase String, since Int64))
        MATERIALIZED JSONExtract(
            state,
            'models',
            'Map(LowCardinality(String), Tuple(version UInt32, phase String, since Int64))'
        )
