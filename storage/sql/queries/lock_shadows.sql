-- In key order, as every transaction that locks them.
SELECT shadow_alarm.alarm
FROM shadow_alarm
JOIN unnest(%(rules)b::text[], %(sources)b::text[], %(zones)b::text[]) AS wanted (rule_id, source_id, zone)
    USING (rule_id, source_id, zone)
WHERE shadow_alarm.active
ORDER BY shadow_alarm.rule_id, shadow_alarm.source_id, shadow_alarm.zone
FOR UPDATE OF shadow_alarm
