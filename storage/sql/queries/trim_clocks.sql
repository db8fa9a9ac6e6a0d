-- All but the last estimate up to then of each device, which holds for the beginning of what is kept.
DELETE FROM device_clock
WHERE (source_id, since) IN (
    SELECT old.source_id, old.since
    FROM device_clock AS old
    WHERE old.since < %(before)s
        AND EXISTS (
            SELECT
            FROM device_clock AS later
            WHERE later.source_id = old.source_id AND later.since > old.since AND later.since <= %(before)s
        )
    LIMIT %(most)s
)
