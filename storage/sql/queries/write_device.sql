UPDATE device
SET settings = %(settings)s::jsonb,
    gateway = %(gateway)s,
    lat = %(lat)s,
    lon = %(lon)s,
    installed_on = %(installed_on)s,
    calibrated_on = %(calibrated_on)s,
    enabled = %(enabled)s,
    secret_made_at = CASE WHEN secret_hash IS DISTINCT FROM %(secret_hash)s THEN %(now)s ELSE secret_made_at END,
    secret_hash = %(secret_hash)s,
    updated_at = %(now)s
WHERE id = %(id)s
