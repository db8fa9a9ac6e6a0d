-- Stretches in which nothing arrived from some sources, longer than a shortest one; begins is null where nothing ever had
-- before, ends where nothing did up to the period's end. Of before the period, each series' last reading counts.
WITH watched AS (
    SELECT id, source_id FROM series WHERE source_id = ANY(%(sources)s::text[])
),
arrivals AS (
    SELECT DISTINCT watched.source_id, reading.received_at
    FROM reading
    JOIN watched ON watched.id = reading.series_id
    WHERE reading.received_at >= %(start)s AND reading.received_at < %(end)s
    UNION
    SELECT watched.source_id, last.received_at
    FROM watched
    CROSS JOIN LATERAL (
        SELECT received_at FROM reading
        WHERE series_id = watched.id AND ts < %(start)s AND received_at < %(start)s
        ORDER BY ts DESC LIMIT 1
    ) AS last
),
stretches AS (
    SELECT source_id, received_at AS begins,
        lead(received_at) OVER (PARTITION BY source_id ORDER BY received_at) AS ends
    FROM arrivals
)
SELECT source_id, begins, ends FROM stretches WHERE ends IS NULL OR ends - begins > %(shortest)s
UNION ALL
SELECT source_id, NULL, min(received_at) FROM arrivals GROUP BY source_id
ORDER BY source_id, begins NULLS FIRST
