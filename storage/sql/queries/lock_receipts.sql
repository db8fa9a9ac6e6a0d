SELECT receipt.source_id, receipt.boot, receipt.upto, receipt.ahead, receipt.lost, receipt.reused
FROM receipt
JOIN unnest(%(source_ids)b::text[], %(boots)b::text[]) AS wanted (source_id, boot) USING (source_id, boot)
ORDER BY receipt.source_id, receipt.boot
FOR UPDATE OF receipt
