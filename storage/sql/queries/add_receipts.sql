-- Made first and in key order, so that two writers that hear a run for the first time wait for each other.
INSERT INTO receipt (source_id, boot, upto, begun_at, updated_at)
SELECT source_id, boot, 0, %(now)s, %(now)s
FROM unnest(%(source_ids)b::text[], %(boots)b::text[]) AS new (source_id, boot)
ORDER BY source_id COLLATE "C", boot COLLATE "C"
ON CONFLICT (source_id, boot) DO NOTHING
