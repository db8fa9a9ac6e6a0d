SELECT coalesce(source.id, life.source_id) AS source_id, life.last_at, life.online, known.state
FROM source
FULL JOIN source_life AS life ON life.source_id = source.id
LEFT JOIN liveness AS known ON known.source_id = life.source_id
WHERE source.listed IS NOT FALSE
ORDER BY 1
