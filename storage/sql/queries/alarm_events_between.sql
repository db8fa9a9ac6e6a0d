-- Every change, up to the end, of each alarm that was open at some time in the period.
SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
FROM alarm
JOIN alarm_event AS event ON event.alarm_id = alarm.id
WHERE (alarm.updated_at >= %(start)s OR alarm.state <> 'NORM') AND event.at < %(end)s
ORDER BY event.seq
