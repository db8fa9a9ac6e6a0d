-- Rows that another writer is trimming are left to it.
DELETE FROM quarantine
WHERE id IN (
    SELECT id
    FROM quarantine
    WHERE source_id IS NOT DISTINCT FROM %(source_id)s
        AND id <= (
            SELECT id
            FROM quarantine
            WHERE source_id IS NOT DISTINCT FROM %(source_id)s
            ORDER BY id DESC
            OFFSET %(kept)s
            LIMIT 1
        )
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
