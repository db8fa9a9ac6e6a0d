INSERT INTO alarm (
    id, version, rule_id, source_id, zone, kind, priority, site_id, title, value, unit, active, acked, met_at, raised_at,
    updated_at, acked_by, acked_at, cleared_at, observation_id, evidence, occurrences,
    latching, latched, shelf, suppressed, withdrawn, rule_version
)
VALUES (
    %(id)s, %(version)s, %(rule_id)s, %(source_id)s, %(zone)s, %(kind)s, %(priority)s, %(site_id)s, %(title)s, %(value)s,
    %(unit)s, %(active)s, %(acked)s, %(met_at)s, %(raised_at)s, %(updated_at)s, %(acked_by)s, %(acked_at)s,
    %(cleared_at)s, %(observation_id)s, %(evidence)s, %(occurrences)s,
    %(latching)s, %(latched)s, %(shelf)s::jsonb, %(suppressed)s, %(withdrawn)s::jsonb, %(rule_version)s
)
ON CONFLICT (id) DO UPDATE
SET version = excluded.version,
    priority = excluded.priority,
    title = excluded.title,
    value = excluded.value,
    unit = excluded.unit,
    active = excluded.active,
    acked = excluded.acked,
    met_at = excluded.met_at,
    raised_at = excluded.raised_at,
    updated_at = excluded.updated_at,
    acked_by = excluded.acked_by,
    acked_at = excluded.acked_at,
    cleared_at = excluded.cleared_at,
    observation_id = excluded.observation_id,
    evidence = excluded.evidence,
    occurrences = excluded.occurrences,
    latching = excluded.latching,
    latched = excluded.latched,
    shelf = excluded.shelf,
    suppressed = excluded.suppressed,
    withdrawn = excluded.withdrawn,
    rule_version = excluded.rule_version
