INSERT INTO liveness_change (source_id, at, state)
SELECT source_id, at, state
FROM unnest(%(source_ids)s::text[], %(ats)s::timestamptz[], %(states)s::text[]) AS new (source_id, at, state)
ORDER BY source_id COLLATE "C", at
ON CONFLICT (source_id, at) DO NOTHING
