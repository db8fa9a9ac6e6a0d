-- Sources by id. What a source has no office for is its site's office's.
SELECT source.id, source.kind, source.name, source.site_id, site.name AS site_name, site.kecamatan,
    coalesce(source.opd_id, site.opd_id) AS opd_id, source.interval_s, source.listed,
    (SELECT count(*) FROM series WHERE series.source_id = source.id) AS series
FROM source
LEFT JOIN site ON site.id = source.site_id
WHERE (%(sources)s::text[] IS NULL OR source.id = ANY(%(sources)s::text[]))
    AND (%(metrics)s::text[] IS NULL OR EXISTS (
        SELECT FROM series WHERE series.source_id = source.id AND series.metric = ANY(%(metrics)s::text[])
    ))
    AND (%(kinds)s::text[] IS NULL OR source.kind = ANY(%(kinds)s::text[]))
    AND (%(sites)s::text[] IS NULL OR source.site_id = ANY(%(sites)s::text[]))
    AND (%(kecamatan)s::text[] IS NULL OR site.kecamatan = ANY(%(kecamatan)s::text[]))
    AND (%(opds)s::text[] IS NULL OR coalesce(source.opd_id, site.opd_id) = ANY(%(opds)s::text[]))
    AND (%(after)s::text IS NULL OR source.id > %(after)s::text)
ORDER BY source.id
LIMIT %(limit)s
