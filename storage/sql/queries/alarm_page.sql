-- One statement, so that the items and the newest seq are of one snapshot; the newest seq comes even with an empty page.
SELECT newest.seq AS newest, item.*
FROM (SELECT coalesce(max(seq), 0) AS seq FROM alarm_event) AS newest
LEFT JOIN LATERAL (
    SELECT event.seq, event.action, event.before, event.actor, event.at, event.reason, event.alarm
    FROM alarm
    JOIN alarm_event AS event ON event.alarm_id = alarm.id AND event.version = alarm.version
    WHERE alarm.state = ANY(%(states)s::text[]) AND event.seq < %(after)s
        AND (%(priorities)s::smallint[] IS NULL OR alarm.priority = ANY(%(priorities)s::smallint[]))
        AND (%(kinds)s::text[] IS NULL OR alarm.kind = ANY(%(kinds)s::text[]))
        AND (%(sites)s::text[] IS NULL OR alarm.site_id = ANY(%(sites)s::text[]))
    ORDER BY event.seq DESC
    LIMIT %(limit)s
) AS item ON true
ORDER BY item.seq DESC
