SELECT count(*)
FROM reading
JOIN series ON series.id = reading.series_id
WHERE series.metric = ANY(%(metrics)s::text[])
    AND reading.received_at >= %(start)s AND reading.received_at < %(end)s
