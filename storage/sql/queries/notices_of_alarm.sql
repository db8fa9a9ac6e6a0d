SELECT id, alarm_id, raised_at, step, channel, due_at, state, tries, settled_at, detail
FROM notice WHERE alarm_id = %(id)s ORDER BY due_at, channel
