-- One that came before under the same reference is left as it is and returned, to be compared; DO UPDATE instead of DO
-- NOTHING, because only so it is returned even while the other transaction had not committed when this one began.
INSERT INTO governance.report AS kept (dataset_id, updated_at, records, reported_at, reporter, reference)
SELECT dataset.id, %(updated_at)s, %(records)s, %(reported_at)s, %(reporter)s, %(reference)s
FROM governance.dataset
WHERE dataset.id = %(dataset)s AND dataset.listed
ON CONFLICT (dataset_id, reference) DO UPDATE SET reference = kept.reference
RETURNING dataset_id, updated_at, records, reported_at, reporter, reference, xmax = 0 AS added
