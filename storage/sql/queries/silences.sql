SELECT life.source_id, life.last_at
FROM source_life AS life
LEFT JOIN source ON source.id = life.source_id
WHERE life.last_at IS NOT NULL AND source.listed IS NOT FALSE
ORDER BY life.source_id
