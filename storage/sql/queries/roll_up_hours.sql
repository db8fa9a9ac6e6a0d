-- Hours anew from rollup_1m, within windows that begin and end with one.
WITH asked AS MATERIALIZED (
    SELECT *
    FROM unnest(%(series)s::integer[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS w (series_id, begins, ends)
),
fresh AS MATERIALIZED (
    SELECT
        asked.series_id,
        date_bin('1 hour', r.bucket, '2000-01-01 00:00+07') AS bucket,
        sum(r.total)::bigint AS total,
        sum(r.count)::bigint AS count,
        sum(r.sum) AS sum,
        min(r.min) AS min,
        max(r.max) AS max,
        (array_agg(r.first ORDER BY r.bucket) FILTER (WHERE r.count > 0))[1] AS first,
        (array_agg(r.last ORDER BY r.bucket DESC) FILTER (WHERE r.count > 0))[1] AS last,
        sum(r.energy) AS energy
    FROM asked
    CROSS JOIN LATERAL (
        SELECT *
        FROM rollup_1m
        WHERE rollup_1m.series_id = asked.series_id AND rollup_1m.bucket >= asked.begins AND rollup_1m.bucket < asked.ends
    ) AS r
    GROUP BY 1, 2
),
gone AS (
    DELETE FROM rollup_1h
    USING asked
    WHERE rollup_1h.series_id = asked.series_id AND rollup_1h.bucket >= asked.begins AND rollup_1h.bucket < asked.ends
        AND NOT EXISTS (
            SELECT FROM fresh WHERE fresh.series_id = rollup_1h.series_id AND fresh.bucket = rollup_1h.bucket
        )
)
INSERT INTO rollup_1h AS old (series_id, bucket, total, count, sum, min, max, first, last, energy)
SELECT series_id, bucket, total, count, sum, min, max, first, last, energy
FROM fresh
ORDER BY series_id, bucket
ON CONFLICT (series_id, bucket) DO UPDATE
SET total = excluded.total, count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max,
    first = excluded.first, last = excluded.last, energy = excluded.energy
WHERE (old.total, old.count, old.sum, old.min, old.max, old.first, old.last, old.energy) IS DISTINCT FROM
    (excluded.total, excluded.count, excluded.sum, excluded.min, excluded.max, excluded.first, excluded.last, excluded.energy)
