INSERT INTO device_config (device_id, version, settings, set_at) VALUES (%(device)s, 1, %(settings)s::jsonb, %(now)s)
ON CONFLICT (device_id) DO UPDATE
SET version = device_config.version + 1, settings = excluded.settings, set_at = excluded.set_at
WHERE device_config.settings <> excluded.settings OR device_config.version = 0
RETURNING version
