SELECT id, source_id, kind, zone, phase, started_at, updated_at, received_at, count, score, evidence, attrs
FROM observation WHERE id = ANY(%(ids)s::uuid[]) ORDER BY started_at
