-- Locked in key order: two writers can wait for each other, but never in a circle.
SELECT rule_id, source_id, zone, watermark, pending_since, clear_since, observations, kept
FROM rule_state
JOIN unnest(%(rules)b::text[], %(sources)b::text[], %(zones)b::text[]) AS wanted (rule_id, source_id, zone)
    USING (rule_id, source_id, zone)
ORDER BY rule_id, source_id, zone
FOR UPDATE OF rule_state
