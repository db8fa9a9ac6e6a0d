SELECT seq, action, before, actor, at, reason, alarm
FROM alarm_event
WHERE seq > %(seq)s
ORDER BY seq
LIMIT %(limit)s
