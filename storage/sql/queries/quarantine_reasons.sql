SELECT reason, count(*), count(DISTINCT coalesce(source_id, topic)), min(received_at), max(received_at)
FROM quarantine
WHERE %(source_id)s::text IS NULL OR source_id = %(source_id)s::text
GROUP BY reason
ORDER BY count(*) DESC, reason
