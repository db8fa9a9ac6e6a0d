-- Each kind of thing that each source has seen, by zone: one probe of the index observation_stream each.
WITH RECURSIVE streams AS (
    (
        SELECT source_id, kind, coalesce(zone, '') AS zone FROM observation
        ORDER BY source_id, kind, coalesce(zone, '') LIMIT 1
    )
    UNION ALL
    SELECT following.source_id, following.kind, following.zone
    FROM streams
    CROSS JOIN LATERAL (
        SELECT observation.source_id, observation.kind, coalesce(observation.zone, '') AS zone FROM observation
        WHERE (observation.source_id, observation.kind, coalesce(observation.zone, ''))
            > (streams.source_id, streams.kind, streams.zone)
        ORDER BY observation.source_id, observation.kind, coalesce(observation.zone, '') LIMIT 1
    ) AS following
)
SELECT source_id, kind, zone FROM streams
