INSERT INTO device_clock (source_id, since, offset_s, spread_s, samples)
VALUES (%(source)s, %(since)s, %(offset_s)s, %(spread_s)s, %(samples)s)
ON CONFLICT (source_id, since) DO NOTHING
