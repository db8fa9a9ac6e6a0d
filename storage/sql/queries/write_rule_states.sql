UPDATE rule_state AS state
SET watermark = new.watermark,
    pending_since = new.pending_since,
    clear_since = new.clear_since,
    observations = new.observations::uuid[]
FROM unnest(
    %(rules)s::text[], %(sources)s::text[], %(zones)s::text[], %(watermarks)s::timestamptz[],
    %(pending_sinces)s::timestamptz[], %(clear_sinces)s::timestamptz[], %(observations)s::text[]
) AS new (rule_id, source_id, zone, watermark, pending_since, clear_since, observations)
WHERE state.rule_id = new.rule_id AND state.source_id = new.source_id AND state.zone = new.zone
