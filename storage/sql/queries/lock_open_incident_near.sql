-- The open incident nearest to a place, as far as it is one spot with it.
SELECT i.*
FROM gareng_mesem.incident AS i
CROSS JOIN gareng_mesem.setting
WHERE i.state NOT IN ('closed', 'false_alarm')
    AND gareng_mesem.metres(i.lat, i.lon, %(lat)s::double precision, %(lon)s::double precision) <= setting.repeat_within_m
ORDER BY gareng_mesem.metres(i.lat, i.lon, %(lat)s::double precision, %(lon)s::double precision), i.id
LIMIT 1
FOR UPDATE OF i
