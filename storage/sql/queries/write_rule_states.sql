UPDATE rule_state AS state
SET watermark = new.watermark,
    pending_since = new.pending_since,
    clear_since = new.clear_since,
    observations = new.observations::uuid[],
    kept = new.kept
FROM unnest(
    %(rules)b::text[], %(sources)b::text[], %(zones)b::text[], %(watermarks)b::timestamptz[],
    %(pending_sinces)b::timestamptz[], %(clear_sinces)b::timestamptz[], %(observations)b::text[],
    %(kepts)b::text[]
) AS new (rule_id, source_id, zone, watermark, pending_since, clear_since, observations, kept)
WHERE state.rule_id = new.rule_id AND state.source_id = new.source_id AND state.zone = new.zone
