-- Every change, up to the end, of each alarm that was open at some time in the period. Each side of OR has a partial index.
SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
FROM alarm
JOIN alarm_event AS event ON event.alarm_id = alarm.id
WHERE ((alarm.state = 'NORM' AND alarm.updated_at >= %(start)s) OR alarm.state <> 'NORM') AND event.at < %(end)s
ORDER BY event.seq
