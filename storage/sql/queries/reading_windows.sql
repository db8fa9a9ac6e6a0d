-- Mean and coverage of each series over a period, of readings that can be trusted: those that came late (8) too.
SELECT source_id, metric, unit, count(*) AS received, avg(value) AS mean, min(ts) AS first_at, max(ts) AS last_at,
    max(coalesce(gap, interval '0')) AS longest_gap
FROM (
    SELECT series.source_id, series.metric, series.unit, reading.value, reading.ts,
        reading.ts - lag(reading.ts) OVER (PARTITION BY reading.series_id ORDER BY reading.ts) AS gap
    FROM series
    JOIN reading ON reading.series_id = series.id
    WHERE series.metric = ANY(%(metrics)s::text[]) AND series.zone = ''
        AND reading.ts >= %(start)s AND reading.ts < %(end)s AND reading.quality IN (0, 8)
) AS trusted
GROUP BY source_id, metric, unit
ORDER BY source_id, metric
