INSERT INTO gareng_mesem.bin (id, waste_site_id, source_id, metric, volume_m3, full_at, listed)
VALUES (%(id)s, %(site)s, %(sensor)s, %(metric)s, %(volume_m3)s, %(full_at)s, true)
ON CONFLICT (id) DO UPDATE
SET waste_site_id = excluded.waste_site_id, source_id = excluded.source_id, metric = excluded.metric,
    volume_m3 = excluded.volume_m3, full_at = excluded.full_at, listed = true
