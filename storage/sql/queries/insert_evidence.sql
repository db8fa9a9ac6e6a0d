INSERT INTO evidence (sha256, source_id, size_bytes, received_at)
SELECT sha256, source_id, size_bytes, received_at
FROM unnest(%(digests)s::text[], %(source_ids)s::text[], %(sizes)s::integer[], %(received_ats)s::timestamptz[])
    AS new (sha256, source_id, size_bytes, received_at)
ORDER BY sha256 COLLATE "C"
ON CONFLICT (sha256) DO NOTHING
