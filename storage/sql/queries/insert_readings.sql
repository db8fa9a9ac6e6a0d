-- In key order, the lock order of readings; of two staged rows with one key the first to arrive wins.
INSERT INTO reading (series_id, ts, received_at, arrival, raw, value, quality)
SELECT series_id, ts, received_at, arrival, raw, value, quality
FROM staged_reading
ORDER BY series_id, ts, arrival
ON CONFLICT (series_id, ts) DO NOTHING
