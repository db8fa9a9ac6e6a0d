-- Readings of one series in the order of the primary key, so that the first row comes at once, however many follow.
SELECT series_id, ts, value, raw, quality, received_at
FROM reading
WHERE series_id = %(series)s::integer AND ts >= %(start)s::timestamptz AND ts < %(end)s::timestamptz
    AND (%(qualities)s::smallint[] IS NULL OR quality = ANY(%(qualities)s::smallint[]))
ORDER BY ts
