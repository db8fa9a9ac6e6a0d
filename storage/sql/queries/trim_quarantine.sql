-- Equality and arrays, so that each step finds its rows in an index and reads no other source's messages, whatever the
-- planner expects; nobody's are trimmed by trim_unknown_quarantine, since IS NOT DISTINCT FROM uses no index. Rows that
-- another writer is trimming are left to it.
DELETE FROM quarantine
WHERE id = ANY(ARRAY(
    SELECT id
    FROM quarantine
    WHERE id = ANY(ARRAY(
        SELECT old.id
        FROM unnest(%(source_ids)s::text[]) AS named (source_id)
        CROSS JOIN LATERAL (
            SELECT id FROM quarantine WHERE source_id = named.source_id ORDER BY id DESC OFFSET %(kept)s
        ) AS old
    ))
    ORDER BY id
    FOR UPDATE SKIP LOCKED
))
