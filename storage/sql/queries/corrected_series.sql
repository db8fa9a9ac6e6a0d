-- Series of devices whose clock was ever off by more than two seconds (as in view reading_corrected), and how far a reading
-- that was received since then may lie before its corrected time.
SELECT series.id, max(greatest(clock.offset_s, 0)) FILTER (WHERE clock.until > coalesce(%(edge)s::timestamptz, '-infinity'))
FROM series
JOIN (
    SELECT source_id, offset_s, lead(since, 1, 'infinity') OVER (PARTITION BY source_id ORDER BY since) AS until
    FROM device_clock
) AS clock USING (source_id)
GROUP BY series.id
HAVING bool_or(abs(clock.offset_s) > 2)
