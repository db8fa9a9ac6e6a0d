-- Claims that a camera can judge, with what it has told since: whether the pile is still there, and how much of the zone
-- was covered at most in the last minutes.
SELECT i.*, told.updated_at AS told_at, looked.coverage
FROM gareng_mesem.incident AS i
LEFT JOIN observation AS told ON told.id = i.observation_id AND told.phase <> 'end'
LEFT JOIN LATERAL (
    SELECT max(reading.value) AS coverage
    FROM series
    JOIN reading ON reading.series_id = series.id
    JOIN quality ON quality.code = reading.quality AND quality.usable
    WHERE series.source_id = i.camera_id AND series.metric = 'coverage' AND series.zone = i.zone
        AND reading.ts > greatest(i.cleared_at, %(since)s::timestamptz)
) AS looked ON true
WHERE i.state = 'cleared' AND i.camera_id IS NOT NULL
ORDER BY i.id
FOR UPDATE OF i
