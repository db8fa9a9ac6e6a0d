SELECT reading.arrival, series.source_id, series.metric, series.zone, reading.ts, reading.received_at, reading.raw,
    reading.value, quality.name
FROM reading
JOIN series ON series.id = reading.series_id
JOIN quality ON quality.code = reading.quality
WHERE series.metric = ANY(%(metrics)s::text[])
    AND reading.received_at >= %(start)s AND reading.received_at < %(end)s
ORDER BY reading.arrival
