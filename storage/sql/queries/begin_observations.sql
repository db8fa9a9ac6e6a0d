-- One statement, so that the rows are inserted in the order of their ids.
INSERT INTO observation (
    id, source_id, kind, zone, phase, started_at, updated_at, ended_at, received_at, box, count, score, evidence, attrs
)
SELECT
    id, source_id, kind, zone, phase, started_at, updated_at, ended_at, received_at, box::double precision[], count, score,
    evidence, attrs::jsonb
FROM unnest(
    %(ids)s::uuid[], %(source_ids)s::text[], %(kinds)s::text[], %(zones)s::text[], %(phases)s::text[],
    %(started_ats)s::timestamptz[], %(updated_ats)s::timestamptz[], %(ended_ats)s::timestamptz[],
    %(received_ats)s::timestamptz[], %(boxes)s::text[], %(counts)s::double precision[], %(scores)s::double precision[],
    %(evidences)s::text[], %(attrs)s::text[]
) AS new (
    id, source_id, kind, zone, phase, started_at, updated_at, ended_at, received_at, box, count, score, evidence, attrs
)
ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id
