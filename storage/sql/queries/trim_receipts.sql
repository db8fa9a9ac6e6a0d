-- The newest runs of each source stay; an old run's messages that come after all begin an account anew, which promises
-- nothing until its first number comes.
DELETE FROM receipt
USING (
    SELECT source_id, boot, row_number() OVER (PARTITION BY source_id ORDER BY updated_at DESC, begun_at DESC, boot) AS place
    FROM receipt
    WHERE source_id = ANY(%(source_ids)s::text[])
) AS ranked
WHERE receipt.source_id = ranked.source_id AND receipt.boot = ranked.boot AND ranked.place > %(kept)s
