-- Tables with their indexes; the number of rows as the server last estimated it.
SELECT relname::text, CASE WHEN reltuples >= 0 THEN reltuples::bigint END, pg_total_relation_size(oid), NULL::bigint, 0::bigint
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
ORDER BY 3 DESC, 1
