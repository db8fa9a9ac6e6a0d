-- Series by number. A source that the site file never named has neither place nor office.
SELECT series.id, series.source_id, coalesce(source.kind, 'gateway') AS kind, coalesce(source.name, series.source_id) AS name,
    series.metric, nullif(series.zone, '') AS zone, series.unit, source.site_id, site.kecamatan,
    coalesce(source.opd_id, site.opd_id) AS opd_id, source.interval_s
FROM series
LEFT JOIN source ON source.id = series.source_id
LEFT JOIN site ON site.id = source.site_id
WHERE (%(ids)s::integer[] IS NULL OR series.id = ANY(%(ids)s::integer[]))
    AND (%(sources)s::text[] IS NULL OR series.source_id = ANY(%(sources)s::text[]))
    AND (%(metrics)s::text[] IS NULL OR series.metric = ANY(%(metrics)s::text[]))
    AND (%(kinds)s::text[] IS NULL OR coalesce(source.kind, 'gateway') = ANY(%(kinds)s::text[]))
    AND (%(sites)s::text[] IS NULL OR source.site_id = ANY(%(sites)s::text[]))
    AND (%(kecamatan)s::text[] IS NULL OR site.kecamatan = ANY(%(kecamatan)s::text[]))
    AND (%(opds)s::text[] IS NULL OR coalesce(source.opd_id, site.opd_id) = ANY(%(opds)s::text[]))
    AND (%(after)s::integer IS NULL OR series.id > %(after)s::integer)
ORDER BY series.id
LIMIT %(limit)s
