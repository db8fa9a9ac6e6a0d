-- Oldest first, a page at a time: messages are replayed in the order in which they came.
SELECT id, source_id, topic, payload, size_bytes, reason, detail, received_at
FROM quarantine
WHERE id > %(after)s
    AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))
    AND (%(source_id)s::text IS NULL OR source_id = %(source_id)s::text)
    AND (%(reason)s::text IS NULL OR reason = %(reason)s::text)
ORDER BY id
LIMIT %(limit)s
