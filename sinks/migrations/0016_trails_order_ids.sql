-- Which order a touchpoint of a trail tells, so that one told twice counts once; empty of
-- other touchpoints. Trails are written anew before it is read.
ALTER TABLE trails {on_cluster}
    ADD COLUMN IF NOT EXISTS order_ids Array(String) CODEC(ZSTD(1)) AFTER currencies;
