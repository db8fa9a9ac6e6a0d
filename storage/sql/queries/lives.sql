SELECT
    life.source_id, life.last_at, life.online, life.status_at,
    known.state, known.since, known.heard_at, known.steady_since, known.near_since
FROM source_life AS life
LEFT JOIN liveness AS known USING (source_id)
WHERE life.last_at IS NOT NULL
