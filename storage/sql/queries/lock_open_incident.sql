-- The open incident of a spot: that of the camera's zone, or one told of at the site that the camera watches, which
-- nobody could give to a zone.
SELECT *
FROM gareng_mesem.incident
WHERE state NOT IN ('closed', 'false_alarm')
    AND (
        (camera_id = %(camera)s::text AND (zone IS NOT DISTINCT FROM %(zone)s::text OR zone IS NULL))
        OR (%(camera)s::text IS NULL AND camera_id IS NULL AND waste_site_id = %(waste_site)s::text)
    )
ORDER BY zone IS NULL, detected_at
LIMIT 1
FOR UPDATE
