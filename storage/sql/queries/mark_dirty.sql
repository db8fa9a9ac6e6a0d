INSERT INTO rollup_dirty (series_id, begins_at, ends_at)
SELECT * FROM unnest(%(series)s::integer[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
