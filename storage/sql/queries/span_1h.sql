-- Buckets of one series in their order.
SELECT series_id, bucket, total, count, mean, min, max, first, last, energy_mean
FROM reading_1h
WHERE series_id = %(series)s::integer AND bucket >= %(start)s::timestamptz AND bucket < %(end)s::timestamptz
ORDER BY bucket
