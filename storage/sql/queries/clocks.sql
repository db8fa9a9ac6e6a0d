SELECT DISTINCT ON (source_id) source_id, since, offset_s, spread_s, samples
FROM device_clock
ORDER BY source_id, since DESC
