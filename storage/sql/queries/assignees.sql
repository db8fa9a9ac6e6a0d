-- Who takes care of each open alarm, by its newest assignment.
SELECT DISTINCT ON (alarm_journal.alarm_id) alarm_journal.alarm_id, alarm_journal.assignee
FROM alarm_journal
JOIN alarm ON alarm.id = alarm_journal.alarm_id AND alarm.state <> 'NORM'
WHERE alarm_journal.kind = 'assign'
ORDER BY alarm_journal.alarm_id, alarm_journal.id DESC
