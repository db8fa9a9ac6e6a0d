-- Readings of a source at given moments: the ones that met a rule.
SELECT series.source_id, series.metric, series.zone, reading.ts, reading.received_at, reading.arrival, reading.raw,
    reading.value, quality.name
FROM series
JOIN reading ON reading.series_id = series.id
JOIN quality ON quality.code = reading.quality
WHERE series.source_id = %(source)s AND series.metric = ANY(%(metrics)s::text[]) AND series.zone = %(zone)s
    AND reading.ts = ANY(%(moments)s::timestamptz[])
ORDER BY reading.ts
