INSERT INTO gareng_mesem.waste_site (
    id, name, kind, site_id, kecamatan, lat, lon, opd_id, camera_id, zone, weighbridge_id, manager, operation, capacity_m3,
    opening_hours, listed
)
VALUES (
    %(id)s, %(name)s, %(kind)s, %(site)s, %(kecamatan)s, %(lat)s, %(lon)s, %(opd)s, %(camera)s, %(zone)s, %(weighbridge)s,
    %(manager)s, %(operation)s, %(capacity_m3)s, %(opening_hours)s, true
)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, kind = excluded.kind, site_id = excluded.site_id, kecamatan = excluded.kecamatan,
    lat = excluded.lat, lon = excluded.lon, opd_id = excluded.opd_id, camera_id = excluded.camera_id, zone = excluded.zone,
    weighbridge_id = excluded.weighbridge_id, manager = excluded.manager, operation = excluded.operation,
    capacity_m3 = excluded.capacity_m3, opening_hours = excluded.opening_hours, listed = true
