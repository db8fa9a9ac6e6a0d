-- Tells by their position which were advanced: most are, and the caller knows the rest of what they hold then.
UPDATE receipt
SET upto = new.last, updated_at = %(now)s
FROM unnest(%(source_ids)b::text[], %(boots)b::text[], %(firsts)s::bigint[], %(lasts)s::bigint[])
    WITH ORDINALITY AS new (source_id, boot, first, last, position)
WHERE receipt.source_id = new.source_id AND receipt.boot = new.boot
    AND receipt.upto + 1 = new.first AND receipt.ahead = '{}'
RETURNING new.position, receipt.lost, receipt.reused
