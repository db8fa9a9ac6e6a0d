-- Nothing is inserted where an incident is open at the spot already: the other one is that pile.
INSERT INTO gareng_mesem.incident (
    id, version, state, origin, camera_id, zone, observation_id, seen, waste_site_id, kecamatan, lat, lon, title,
    crew, detected_at, verified_at, dispatched_at, cleared_at, closed_at, updated_at, evidence_before,
    evidence_after, repeat_of, spot_id, reopened
)
VALUES (
    %(id)s, %(version)s, %(state)s, %(origin)s, %(camera_id)s, %(zone)s, %(observation_id)s, %(seen)s,
    %(waste_site_id)s, %(kecamatan)s, %(lat)s, %(lon)s, %(title)s, %(crew)s, %(detected_at)s, %(verified_at)s,
    %(dispatched_at)s, %(cleared_at)s, %(closed_at)s, %(updated_at)s, %(evidence_before)s, %(evidence_after)s,
    %(repeat_of)s, %(spot_id)s, %(reopened)s
)
ON CONFLICT DO NOTHING
RETURNING id
