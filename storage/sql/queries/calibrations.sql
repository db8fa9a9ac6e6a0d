SELECT source_id, metric, valid_from, curve, note, made_by, made_at
FROM calibration
WHERE %(source)s::text IS NULL OR source_id = %(source)s::text
ORDER BY source_id, metric, valid_from
