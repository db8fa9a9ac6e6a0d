-- All changes within the time, and of each source the last one before it: its state at the beginning.
SELECT source_id, at, state
FROM liveness_change
WHERE at >= %(begin)s AND at < %(end)s AND (%(source_id)s::text IS NULL OR source_id = %(source_id)s::text)
UNION ALL
SELECT before.source_id, before.at, before.state
FROM liveness
CROSS JOIN LATERAL (
    SELECT earlier.source_id, earlier.at, earlier.state
    FROM liveness_change AS earlier
    WHERE earlier.source_id = liveness.source_id AND earlier.at < %(begin)s
    ORDER BY earlier.at DESC
    LIMIT 1
) AS before
WHERE %(source_id)s::text IS NULL OR liveness.source_id = %(source_id)s::text
ORDER BY source_id, at
