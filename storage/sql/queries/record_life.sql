-- Signs and status words of one batch, in key order. Time never runs backwards, so redelivery changes nothing; but a time
-- still to come was written while Pantau's clock was wrong, and gives way.
INSERT INTO source_life AS life (source_id, last_at, online, boot, status_at)
SELECT source_id, last_at, online, boot, status_at
FROM unnest(
    %(source_ids)b::text[], %(last_ats)b::timestamptz[], %(onlines)s::boolean[], %(boots)b::text[],
    %(status_ats)b::timestamptz[]
) AS heard (source_id, last_at, online, boot, status_at)
ORDER BY source_id COLLATE "C"
ON CONFLICT (source_id) DO UPDATE
SET last_at = CASE
        WHEN life.last_at > %(latest)s THEN coalesce(excluded.last_at, life.last_at)
        ELSE greatest(life.last_at, excluded.last_at)
    END,
    online = CASE
        WHEN excluded.status_at IS NULL OR (excluded.status_at < life.status_at AND life.status_at <= %(latest)s)
        THEN life.online
        ELSE excluded.online
    END,
    boot = CASE
        WHEN excluded.status_at IS NULL OR (excluded.status_at < life.status_at AND life.status_at <= %(latest)s)
        THEN life.boot
        ELSE excluded.boot
    END,
    status_at = CASE
        WHEN life.status_at > %(latest)s THEN coalesce(excluded.status_at, life.status_at)
        ELSE greatest(life.status_at, excluded.status_at)
    END
