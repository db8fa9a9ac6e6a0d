SELECT ts, raw, quality
FROM reading
WHERE series_id = (
        SELECT id FROM series WHERE source_id = %(source)s AND metric = %(metric)s AND zone = %(zone)s
    )
    AND ts >= %(begin)s
    AND (%(after)s::timestamptz IS NULL OR ts > %(after)s::timestamptz)
    AND (%(end)s::timestamptz IS NULL OR ts < %(end)s::timestamptz)
    AND (%(received)s::timestamptz IS NULL OR received_at >= %(received)s::timestamptz)
ORDER BY ts
LIMIT %(limit)s
