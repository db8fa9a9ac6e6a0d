SELECT ts, raw, quality
FROM reading
WHERE series_id = %(series)s::integer
    AND ts >= %(begin)s
    AND (%(after)s::timestamptz IS NULL OR ts > %(after)s::timestamptz)
    AND (%(end)s::timestamptz IS NULL OR ts < %(end)s::timestamptz)
    AND (%(received)s::timestamptz IS NULL OR received_at >= %(received)s::timestamptz)
ORDER BY ts
LIMIT %(limit)s
