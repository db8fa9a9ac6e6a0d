INSERT INTO rule_state (rule_id, source_id, zone, watermark, pending_since, clear_since, observations, kept)
SELECT rule_id, source_id, zone, watermark, pending_since, clear_since, observations::uuid[], kept
FROM unnest(
    %(rules)b::text[], %(sources)b::text[], %(zones)b::text[], %(watermarks)b::timestamptz[],
    %(pending_sinces)b::timestamptz[], %(clear_sinces)b::timestamptz[], %(observations)b::text[],
    %(kepts)b::text[]
) AS new (rule_id, source_id, zone, watermark, pending_since, clear_since, observations, kept)
ON CONFLICT (rule_id, source_id, zone) DO UPDATE
SET watermark = excluded.watermark,
    pending_since = excluded.pending_since,
    clear_since = excluded.clear_since,
    observations = excluded.observations,
    kept = excluded.kept
