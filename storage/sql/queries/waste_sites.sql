SELECT
    site.id, site.name, site.kind, site.kecamatan, site.lat, site.lon, site.opd_id AS opd, site.camera_id AS camera, site.zone,
    site.manager, site.operation, site.capacity_m3, site.opening_hours, told.equipped, told.latest, told.reports,
    coalesce(open.piles, 0) AS open_piles
FROM gareng_mesem.waste_site AS site
JOIN gareng_mesem.reporting(%(now)s) AS told ON told.waste_site_id = site.id
LEFT JOIN (
    SELECT i.waste_site_id, count(*) AS piles
    FROM gareng_mesem.incident AS i
    WHERE i.state NOT IN ('closed', 'false_alarm')
    GROUP BY i.waste_site_id
) AS open ON open.waste_site_id = site.id
ORDER BY site.id
