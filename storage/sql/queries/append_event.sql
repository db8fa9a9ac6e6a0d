INSERT INTO alarm_event (alarm_id, version, action, before, state, actor, at, reason, alarm, command)
VALUES (
    %(alarm_id)s, %(version)s, %(action)s, %(before)s, %(state)s, %(actor)s, %(at)s, %(reason)s, %(alarm)s::jsonb, %(command)s
)
RETURNING seq
