-- Sorted, so that two writers that learn the same series cannot wait for each other in a circle.
INSERT INTO series (source_id, metric, zone, unit)
SELECT source_id, metric, zone, unit
FROM unnest(%(sources)s::text[], %(metrics)s::text[], %(zones)s::text[], %(units)s::text[])
    AS new (source_id, metric, zone, unit)
ORDER BY source_id COLLATE "C", metric COLLATE "C", zone COLLATE "C"
ON CONFLICT (source_id, metric, zone) DO NOTHING
