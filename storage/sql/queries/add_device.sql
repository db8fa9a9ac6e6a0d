INSERT INTO device (
    id, origin, settings, gateway, lat, lon, installed_on, calibrated_on, enabled, secret_hash, secret_made_at,
    created_at, updated_at
)
VALUES (
    %(id)s, %(origin)s, %(settings)s::jsonb, %(gateway)s, %(lat)s, %(lon)s, %(installed_on)s, %(calibrated_on)s,
    %(enabled)s, %(secret_hash)s, CASE WHEN %(secret_hash)s::text IS NOT NULL THEN %(now)s::timestamptz END,
    %(now)s, %(now)s
)
