INSERT INTO shadow_alarm (id, rule_id, source_id, zone, active, met_at, raised_at, cleared_at, alarm)
VALUES (
    %(id)s, %(rule_id)s, %(source_id)s, %(zone)s, %(active)s, %(met_at)s, %(raised_at)s, %(cleared_at)s, %(alarm)s::jsonb
)
ON CONFLICT (id) DO UPDATE
SET active = excluded.active, cleared_at = excluded.cleared_at, alarm = excluded.alarm
