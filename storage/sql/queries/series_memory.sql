-- The newest reading of each series that was in time, and how many before it, itself included, had the same raw value.
-- The last one that differed is looked for first: of a series that lives it stands next to the newest.
SELECT
    series.source_id, series.metric, series.zone, newest.ts, newest.raw,
    CASE WHEN newest.quality = 0 THEN newest.value END AS good,
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM reading
            WHERE reading.series_id = series.id
                AND reading.ts <= newest.ts
                AND reading.ts > coalesce(differing.ts, %(since)s)
            LIMIT %(most)s
        ) AS equal
    ) AS run
FROM series
JOIN unnest(%(sources)s::text[]) AS wanted (source_id) USING (source_id)
CROSS JOIN LATERAL (
    SELECT reading.ts, reading.raw, reading.value, reading.quality
    FROM reading
    WHERE reading.series_id = series.id
        AND reading.ts > %(since)s
        AND reading.ts <= reading.received_at + interval '5 minutes'
        AND reading.quality NOT IN (2, 6, 8)
    ORDER BY reading.ts DESC
    LIMIT 1
) AS newest
LEFT JOIN LATERAL (
    SELECT reading.ts
    FROM reading
    WHERE reading.series_id = series.id
        AND reading.ts > %(since)s
        AND reading.ts < newest.ts
        AND reading.raw <> newest.raw
    ORDER BY reading.ts DESC
    LIMIT 1
) AS differing ON true
