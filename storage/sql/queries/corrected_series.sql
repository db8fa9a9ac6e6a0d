-- Series of devices whose clock was ever off by more than two seconds (as in view reading_corrected), and how far a reading
-- that was received since then may lie before its corrected time. Estimates are sorted of devices that were off only.
SELECT series.id, clock.shift_s
FROM (SELECT DISTINCT source_id FROM device_clock WHERE abs(offset_s) > 2) AS moved
CROSS JOIN LATERAL (
    SELECT max(greatest(own.offset_s, 0)) AS shift_s
    FROM (
        SELECT offset_s, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until
        FROM device_clock
        WHERE device_clock.source_id = moved.source_id
    ) AS own
    WHERE own.until > coalesce(%(edge)s::timestamptz, '-infinity')
) AS clock
JOIN series ON series.source_id = moved.source_id
