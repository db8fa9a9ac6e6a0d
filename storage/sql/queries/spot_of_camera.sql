-- Where a camera's zone lies: at the waste site it watches, else where the camera stands.
SELECT
    source.name AS camera_name, site.name AS place, waste.id AS waste_site_id, waste.name AS waste_site,
    coalesce(waste.kecamatan, site.kecamatan) AS kecamatan, coalesce(waste.lat, site.lat) AS lat,
    coalesce(waste.lon, site.lon) AS lon
FROM (SELECT %(camera)s::text AS id) AS asked
LEFT JOIN source ON source.id = asked.id
LEFT JOIN site ON site.id = source.site_id
LEFT JOIN LATERAL (
    SELECT waste_site.*
    FROM gareng_mesem.waste_site
    WHERE waste_site.listed AND waste_site.camera_id = asked.id
        AND (waste_site.zone IS NULL OR waste_site.zone = %(zone)s::text)
    ORDER BY waste_site.zone IS NULL
    LIMIT 1
) AS waste ON true
