-- Signs of life alone, of sources heard before: half of what record_life costs, which says why a time may give way.
UPDATE source_life AS life
SET last_at = CASE WHEN life.last_at > %(latest)s THEN heard.last_at ELSE greatest(life.last_at, heard.last_at) END
FROM unnest(%(source_ids)b::text[], %(last_ats)b::timestamptz[]) AS heard (source_id, last_at)
WHERE life.source_id = heard.source_id
