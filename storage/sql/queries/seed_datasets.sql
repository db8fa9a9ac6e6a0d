-- What the site file says; what it no longer names stays, unlisted. A dataset that comes back starts anew: nothing is held
-- against it for the time between.
INSERT INTO governance.dataset
    (id, title, opd_id, programme_id, every_days, source_id, metadata, listed)
SELECT id, title, opd_id, programme_id, every_days, source_id, metadata::jsonb, true
FROM unnest(
    %(ids)s::text[], %(titles)s::text[], %(opds)s::text[], %(programmes)s::text[], %(every_days)s::integer[],
    %(sources)s::text[], %(metadata)s::text[]
) AS listed (id, title, opd_id, programme_id, every_days, source_id, metadata)
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, opd_id = excluded.opd_id, programme_id = excluded.programme_id,
    every_days = excluded.every_days, source_id = excluded.source_id, metadata = excluded.metadata,
    since = CASE WHEN dataset.listed THEN dataset.since ELSE now() END, listed = true
