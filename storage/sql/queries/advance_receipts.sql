-- Tells by their position which were advanced: most are, and the caller knows the rest of what they hold then.
-- One condition of both tables, since the planner takes an account without gaps for a rare thing and would compare each
-- account with each run.
UPDATE receipt
SET upto = new.last, updated_at = %(now)s
FROM unnest(%(source_ids)b::text[], %(boots)b::text[], %(firsts)s::bigint[], %(lasts)s::bigint[])
    WITH ORDINALITY AS new (source_id, boot, first, last, position)
WHERE receipt.source_id = new.source_id AND receipt.boot = new.boot
    AND new.first = CASE WHEN receipt.ahead = '{}' THEN receipt.upto + 1 END
RETURNING new.position, receipt.lost, receipt.reused
