UPDATE receipt
SET upto = new.last, updated_at = %(now)s
FROM unnest(%(source_ids)b::text[], %(boots)b::text[], %(firsts)s::bigint[], %(lasts)s::bigint[])
    AS new (source_id, boot, first, last)
WHERE receipt.source_id = new.source_id AND receipt.boot = new.boot
    AND receipt.upto + 1 = new.first AND receipt.ahead = '{}'
RETURNING receipt.source_id, receipt.boot, receipt.upto, receipt.lost, receipt.reused
