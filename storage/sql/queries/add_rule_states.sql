INSERT INTO rule_state (rule_id, source_id, zone)
SELECT rule_id, source_id, zone
FROM unnest(%(rules)b::text[], %(sources)b::text[], %(zones)b::text[]) AS new (rule_id, source_id, zone)
ORDER BY rule_id COLLATE "C", source_id COLLATE "C", zone COLLATE "C"
ON CONFLICT (rule_id, source_id, zone) DO NOTHING
