-- One that came before under the same reference is left as it is and compared; DO UPDATE instead of DO NOTHING, because only
-- so it is returned even while the other transaction had not committed when this one began.
INSERT INTO gareng_mesem.load AS kept (
    waste_site_id, reference, weighed_at, received_at, vehicle, gross_kg, tare_kg, volume_m3, handling, kecamatan, channel,
    actor
)
SELECT
    waste_site.id, %(reference)s, %(weighed_at)s, %(received_at)s, %(vehicle)s, %(gross_kg)s::double precision,
    %(tare_kg)s::double precision, %(volume_m3)s::double precision, %(handling)s, %(kecamatan)s, %(channel)s, %(actor)s
FROM gareng_mesem.waste_site
WHERE waste_site.id = %(waste_site)s AND waste_site.listed
ON CONFLICT (waste_site_id, reference) DO UPDATE SET reference = kept.reference
RETURNING
    kept.*, xmax = 0 AS added,
    (weighed_at, vehicle, gross_kg, tare_kg, volume_m3, handling, kecamatan) IS NOT DISTINCT FROM (
        %(weighed_at)s::timestamptz, %(vehicle)s::text, %(gross_kg)s::double precision, %(tare_kg)s::double precision,
        %(volume_m3)s::double precision, %(handling)s::text, %(kecamatan)s::text
    ) AS same
