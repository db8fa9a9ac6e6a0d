-- Newest last, so that it is the one the broker retains.
SELECT source_id, boot, upto, ahead, lost, reused
FROM receipt
WHERE source_id = ANY(%(source_ids)s::text[])
ORDER BY source_id, begun_at, boot
