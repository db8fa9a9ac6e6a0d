-- Messages of nobody known, as trim_quarantine.
DELETE FROM quarantine
WHERE id = ANY(ARRAY(
    SELECT id
    FROM quarantine
    WHERE id = ANY(ARRAY(SELECT id FROM quarantine WHERE source_id IS NULL ORDER BY id DESC OFFSET %(kept)s))
    ORDER BY id
    FOR UPDATE SKIP LOCKED
))
