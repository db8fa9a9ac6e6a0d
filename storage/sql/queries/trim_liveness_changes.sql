-- All but the last change up to then of each source: it is its state at the beginning of what is kept.
DELETE FROM liveness_change
WHERE (source_id, at) IN (
    SELECT old.source_id, old.at
    FROM liveness_change AS old
    WHERE old.at < %(before)s
        AND EXISTS (
            SELECT
            FROM liveness_change AS later
            WHERE later.source_id = old.source_id AND later.at > old.at AND later.at <= %(before)s
        )
    LIMIT %(most)s
)
