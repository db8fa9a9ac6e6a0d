SELECT dataset_id, updated_at, records, reported_at, reporter, reference
FROM governance.report
WHERE dataset_id = %(dataset)s
ORDER BY id DESC
LIMIT %(limit)s
