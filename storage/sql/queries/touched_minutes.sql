-- Minutes of corrected time to which the readings of some spans of device time belong.
SELECT DISTINCT w.series_id, date_bin('1 minute', r.corrected_at, '2000-01-01 00:00+07')
FROM unnest(%(series)s::integer[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS w (series_id, begins, ends)
CROSS JOIN LATERAL (
    SELECT corrected_at
    FROM reading_corrected
    WHERE reading_corrected.series_id = w.series_id AND reading_corrected.ts BETWEEN w.begins AND w.ends
) AS r
ORDER BY 1, 2
