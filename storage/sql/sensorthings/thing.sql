SELECT sources.id, sources.name,
    CASE sources.kind WHEN 'camera' THEN 'Kamera' WHEN 'sensor' THEN 'Sensor' ELSE 'Gerbang' END
        || coalesce(' di ' || sources.site_name, '') AS description,
    jsonb_build_object('kind', sources.kind, 'opd', sources.opd_id, 'kecamatan', sources.kecamatan, 'interval_s',
        sources.interval_s, 'listed', sources.listed) AS properties,
    sources.id AS thing, sources.site_id AS site
FROM ({sources}) AS sources
