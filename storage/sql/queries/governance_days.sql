SELECT dataset_id, day, state, deliveries, latest
FROM governance.days(%(first)s, %(last)s)
WHERE %(dataset)s::text IS NULL OR dataset_id = %(dataset)s::text
ORDER BY dataset_id, day
