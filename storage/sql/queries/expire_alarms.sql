-- Alarms back to normal for long, with what hangs on them; a few at a time, so that nobody waits.
WITH old AS MATERIALIZED (
    SELECT id FROM alarm WHERE state = 'NORM' AND updated_at < %(edge)s ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
),
notices AS (DELETE FROM notice USING old WHERE notice.alarm_id = old.id),
history AS (DELETE FROM alarm_event USING old WHERE alarm_event.alarm_id = old.id)
DELETE FROM alarm USING old WHERE alarm.id = old.id
