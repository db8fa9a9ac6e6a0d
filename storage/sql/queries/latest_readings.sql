-- One probe of the primary key a series. Readings dated more than five minutes after they came are left out:
-- one of them would stand as the latest until its date has passed.
SELECT
    series.source_id, series.metric, series.zone, series.unit, newest.ts, newest.received_at, newest.raw, newest.value,
    quality.name
FROM series
CROSS JOIN LATERAL (
    SELECT reading.ts, reading.received_at, reading.raw, reading.value, reading.quality
    FROM reading
    WHERE reading.series_id = series.id
        AND reading.ts <= reading.received_at + interval '5 minutes'
        AND (%(quality)s::smallint IS NULL OR reading.quality = %(quality)s::smallint)
    ORDER BY reading.ts DESC
    LIMIT 1
) AS newest
JOIN quality ON quality.code = newest.quality
ORDER BY series.source_id, series.metric, series.zone
