INSERT INTO device_config (device_id, reported_version, reported, reported_error, reported_at)
VALUES (%(device)s, %(version)s, %(settings)s::jsonb, %(error)s, %(now)s)
ON CONFLICT (device_id) DO UPDATE
SET reported_version = excluded.reported_version, reported = excluded.reported,
    reported_error = excluded.reported_error, reported_at = excluded.reported_at
WHERE (device_config.reported_version, device_config.reported, device_config.reported_error)
    IS DISTINCT FROM (excluded.reported_version, excluded.reported, excluded.reported_error)
