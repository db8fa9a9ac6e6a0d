-- Whoever may have changed: not those that are online and were heard within the two intervals that are tolerated anyway, which
-- are nearly all. The judge knows the exact limits, which are never shorter.
SELECT
    life.source_id, life.last_at, life.online, life.status_at,
    known.state, known.since, known.heard_at, known.steady_since, known.near_since
FROM source_life AS life
LEFT JOIN liveness AS known USING (source_id)
LEFT JOIN source ON source.id = life.source_id
WHERE life.last_at IS NOT NULL
    AND CASE known.state
        WHEN 'online' THEN
            source.listed IS NOT TRUE
            OR source.interval_s IS NULL
            OR life.online IS FALSE
            OR life.last_at < %(until)s - make_interval(secs => 2 * source.interval_s)
        WHEN 'unwatched' THEN life.last_at > known.since
        ELSE true
    END
