UPDATE receipt
SET upto = new.upto, ahead = new.ahead::bigint[], lost = new.lost, reused = new.reused, updated_at = %(now)s
FROM unnest(
    %(source_ids)b::text[], %(boots)b::text[], %(uptos)s::bigint[], %(aheads)b::text[], %(losts)s::bigint[],
    %(reuseds)s::boolean[]
) AS new (source_id, boot, upto, ahead, lost, reused)
WHERE receipt.source_id = new.source_id AND receipt.boot = new.boot
