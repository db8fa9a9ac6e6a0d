-- Signs and status words of one batch, in key order. Time never runs backwards, so redelivery changes nothing.
INSERT INTO source_life AS life (source_id, last_at, online, boot, status_at)
SELECT source_id, last_at, online, boot, status_at
FROM unnest(
    %(source_ids)s::text[], %(last_ats)s::timestamptz[], %(onlines)s::boolean[], %(boots)s::text[],
    %(status_ats)s::timestamptz[]
) AS heard (source_id, last_at, online, boot, status_at)
ORDER BY source_id COLLATE "C"
ON CONFLICT (source_id) DO UPDATE
SET last_at = greatest(life.last_at, excluded.last_at),
    online = CASE WHEN excluded.status_at >= coalesce(life.status_at, '-infinity') THEN excluded.online ELSE life.online END,
    boot = CASE WHEN excluded.status_at >= coalesce(life.status_at, '-infinity') THEN excluded.boot ELSE life.boot END,
    status_at = greatest(life.status_at, excluded.status_at)
