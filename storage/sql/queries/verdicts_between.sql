-- An alarm's own met_at and raised_at are those of its latest occurrence: its first ones stand in its first event.
SELECT verdict.alarm_id, verdict.truth, verdict.actor, verdict.at, verdict.note,
    alarm.rule_id, alarm.source_id, alarm.zone, alarm.rule_version, alarm.cleared_at,
    (first.alarm ->> 'met_at')::timestamptz AS first_met_at, first.at AS first_raised_at
FROM alarm_verdict AS verdict
JOIN alarm ON alarm.id = verdict.alarm_id
JOIN alarm_event AS first ON first.alarm_id = alarm.id AND first.version = 1
WHERE (%(start)s::timestamptz IS NULL OR first.at >= %(start)s::timestamptz)
    AND (%(end)s::timestamptz IS NULL OR first.at < %(end)s::timestamptz)
ORDER BY first.at, alarm.id
