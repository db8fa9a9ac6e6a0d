-- Alarms back to normal for long, but for those that the journal of another alarm speaks of.
SELECT id
FROM alarm
WHERE state = 'NORM' AND updated_at < %(edge)s
    AND NOT EXISTS (SELECT FROM alarm_journal AS other WHERE other.linked_id = alarm.id AND other.alarm_id <> alarm.id)
ORDER BY updated_at
LIMIT %(limit)s
