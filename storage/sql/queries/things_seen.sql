SELECT id, source_id, kind, zone, started_at, ended_at, count, score, evidence, attrs
FROM observation
WHERE kind = ANY(%(kinds)s::text[]) AND started_at >= %(start)s AND started_at < %(end)s
