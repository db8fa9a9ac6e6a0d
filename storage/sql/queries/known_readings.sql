-- Staged rows whose key was taken by another row. The bounds spare a hypertable's other chunks;
-- OFFSET 0 keeps the planner, which knows nothing of a temporary table, at one index probe a row.
SELECT staged.arrival, known.raw IS DISTINCT FROM staged.raw
FROM staged_reading AS staged
CROSS JOIN LATERAL (
    SELECT reading.arrival, reading.raw
    FROM reading
    WHERE reading.series_id = staged.series_id
        AND reading.ts = staged.ts
        AND reading.ts BETWEEN %(earliest)s AND %(latest)s
    OFFSET 0
) AS known
WHERE known.arrival <> staged.arrival
ORDER BY staged.arrival
