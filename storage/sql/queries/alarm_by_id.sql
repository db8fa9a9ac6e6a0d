SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
FROM alarm
JOIN alarm_event AS event ON event.alarm_id = alarm.id AND event.version = alarm.version
WHERE alarm.id = %(id)s
