-- The newest pile before this one at the same spot: same zone of the same camera, same waste site, or near by.
SELECT i.id, i.spot_id
FROM gareng_mesem.incident AS i
CROSS JOIN gareng_mesem.setting
WHERE i.state <> 'false_alarm' AND i.id <> %(id)s
    AND i.detected_at <= %(at)s
    AND i.detected_at > %(at)s - make_interval(days => setting.repeat_days)
    AND (
        (i.camera_id = %(camera)s::text AND i.zone IS NOT DISTINCT FROM %(zone)s::text)
        OR i.waste_site_id = %(waste_site)s::text
        OR gareng_mesem.metres(i.lat, i.lon, %(lat)s::double precision, %(lon)s::double precision) <= setting.repeat_within_m
    )
ORDER BY i.detected_at DESC, i.id DESC
LIMIT 1
