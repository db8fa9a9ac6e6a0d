-- Whoever publishes or once did; those whom the site file never named have neither place nor office.
SELECT source.id, source.kind, source.name, source.site_id, site.name AS site_name, site.kecamatan,
    coalesce(source.opd_id, site.opd_id) AS opd_id, source.interval_s, source.listed, site.lat, site.lon
FROM source
LEFT JOIN site ON site.id = source.site_id
UNION ALL
SELECT strangers.source_id, 'gateway', strangers.source_id, NULL, NULL, NULL, NULL, NULL, false, NULL, NULL
FROM (SELECT source_id FROM series UNION SELECT source_id FROM ({seen}) AS seen) AS strangers
WHERE NOT EXISTS (SELECT FROM source WHERE source.id = strangers.source_id)
