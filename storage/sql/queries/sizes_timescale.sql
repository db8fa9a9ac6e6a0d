-- As sizes, with hypertables counted over their chunks.
WITH chunk AS (
    SELECT hypertable_name AS name, count(*) AS chunks, count(*) FILTER (WHERE is_compressed) AS compressed
    FROM timescaledb_information.chunks
    WHERE hypertable_schema = 'public'
    GROUP BY 1
)
SELECT
    relname::text,
    CASE WHEN hyper.hypertable_name IS NOT NULL THEN approximate_row_count(pg_class.oid)
        WHEN reltuples >= 0 THEN reltuples::bigint END,
    CASE WHEN hyper.hypertable_name IS NOT NULL THEN hypertable_size(pg_class.oid) ELSE pg_total_relation_size(pg_class.oid) END,
    CASE WHEN hyper.hypertable_name IS NOT NULL THEN coalesce(chunk.chunks, 0) END,
    coalesce(chunk.compressed, 0)
FROM pg_class
LEFT JOIN timescaledb_information.hypertables AS hyper
    ON hyper.hypertable_schema = 'public' AND hyper.hypertable_name = relname
LEFT JOIN chunk ON chunk.name = relname
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
ORDER BY 3 DESC NULLS LAST, 1
