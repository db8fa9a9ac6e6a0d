SELECT source_id, metric, zone, id
FROM series
JOIN unnest(%(sources)s::text[], %(metrics)s::text[], %(zones)s::text[]) AS wanted (source_id, metric, zone)
    USING (source_id, metric, zone)
