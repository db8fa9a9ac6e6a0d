-- Of each rule its latest alarms, by their index; of those the latest of all.
SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
FROM (
    SELECT own.id
    FROM (SELECT DISTINCT rule_id FROM unnest(%(rules)s::text[]) AS named (rule_id)) AS wanted
    CROSS JOIN LATERAL (
        SELECT alarm.id, alarm.updated_at
        FROM alarm
        WHERE alarm.rule_id = wanted.rule_id
        ORDER BY alarm.updated_at DESC
        LIMIT %(newest)s
    ) AS own
    ORDER BY own.updated_at DESC
    LIMIT %(newest)s
) AS latest
JOIN alarm_event AS event ON event.alarm_id = latest.id
ORDER BY event.seq
