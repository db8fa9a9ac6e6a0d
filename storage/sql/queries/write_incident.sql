UPDATE gareng_mesem.incident
SET
    version = %(version)s, state = %(state)s, camera_id = %(camera_id)s, zone = %(zone)s,
    observation_id = %(observation_id)s, seen = %(seen)s, waste_site_id = %(waste_site_id)s,
    kecamatan = %(kecamatan)s, lat = %(lat)s, lon = %(lon)s, crew = %(crew)s, verified_at = %(verified_at)s,
    dispatched_at = %(dispatched_at)s, cleared_at = %(cleared_at)s, closed_at = %(closed_at)s,
    updated_at = %(updated_at)s, evidence_before = %(evidence_before)s, evidence_after = %(evidence_after)s,
    reopened = %(reopened)s
WHERE id = %(id)s
