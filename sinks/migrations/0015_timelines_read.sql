-- What every funnel reads of everybody to choose persons hardly takes room, and taking it
-- out of its packing cost more than reading it. Older parts follow as they are merged.
ALTER TABLE timelines {on_cluster}
    MODIFY COLUMN newest_at Int64 CODEC(NONE),
    MODIFY COLUMN signature UInt64 CODEC(NONE),
    MODIFY COLUMN present Array(UInt32) CODEC(NONE);
