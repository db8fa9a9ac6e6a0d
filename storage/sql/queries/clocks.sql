-- The newest estimate of each device: one probe of the primary key each, however many came before.
WITH RECURSIVE newest AS (
    (
        SELECT source_id, since, offset_s, spread_s, samples FROM device_clock
        ORDER BY source_id DESC, since DESC LIMIT 1
    )
    UNION ALL
    SELECT following.source_id, following.since, following.offset_s, following.spread_s, following.samples
    FROM newest
    CROSS JOIN LATERAL (
        SELECT source_id, since, offset_s, spread_s, samples FROM device_clock
        WHERE device_clock.source_id < newest.source_id
        ORDER BY source_id DESC, since DESC LIMIT 1
    ) AS following
)
SELECT source_id, since, offset_s, spread_s, samples FROM newest ORDER BY source_id
