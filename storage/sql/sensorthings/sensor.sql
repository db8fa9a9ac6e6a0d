SELECT sources.id, sources.name,
    words.description, 'text/html' AS "encodingType", '<p>' || words.description || '</p>' AS metadata,
    jsonb_build_object('kind', sources.kind, 'interval_s', sources.interval_s) AS properties,
    sources.id AS thing
FROM ({sources}) AS sources
CROSS JOIN LATERAL (
    SELECT CASE sources.kind WHEN 'camera' THEN 'Kamera dan pengolah gambarnya / camera with its picture analysis'
        WHEN 'sensor' THEN 'Alat ukur / measuring device' ELSE 'Gerbang / gateway' END AS description
) AS words
