SELECT id, metric, begins_at, ends_at, asked_by, asked_at, readings, done_until, finished_at
FROM recalculation
WHERE source_id = %(source)s AND (%(job)s::bigint IS NULL OR id = %(job)s::bigint)
ORDER BY id DESC
LIMIT %(limit)s
