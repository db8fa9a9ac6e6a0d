-- Papers in the journals of some alarms that no other alarm has.
SELECT DISTINCT sha256
FROM alarm_journal AS own
WHERE alarm_id = ANY(%(alarms)s) AND sha256 IS NOT NULL
    AND NOT EXISTS (SELECT FROM evidence WHERE evidence.sha256 = own.sha256)
    AND NOT EXISTS (SELECT FROM alarm_journal AS other WHERE other.sha256 = own.sha256 AND other.alarm_id <> ALL(%(alarms)s))
