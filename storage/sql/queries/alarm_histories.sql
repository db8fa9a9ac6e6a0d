SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
FROM (
    SELECT id FROM alarm WHERE rule_id = ANY(%(rules)s::text[]) ORDER BY updated_at DESC LIMIT %(newest)s
) AS latest
JOIN alarm_event AS event ON event.alarm_id = latest.id
ORDER BY event.seq
