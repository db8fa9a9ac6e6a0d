-- In key order. Of two writers that judged at once, the one that heard further wins.
INSERT INTO liveness AS known (source_id, state, since, heard_at, steady_since, near_since)
SELECT source_id, state, since, heard_at, steady_since, near_since
FROM unnest(
    %(source_ids)s::text[], %(states)s::text[], %(sinces)s::timestamptz[], %(heard_ats)s::timestamptz[],
    %(steady_sinces)s::timestamptz[], %(near_sinces)s::timestamptz[]
) AS judged (source_id, state, since, heard_at, steady_since, near_since)
ORDER BY source_id COLLATE "C"
ON CONFLICT (source_id) DO UPDATE
SET state = excluded.state,
    since = excluded.since,
    heard_at = excluded.heard_at,
    steady_since = excluded.steady_since,
    near_since = excluded.near_since
WHERE known.since <= excluded.since
