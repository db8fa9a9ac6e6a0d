-- In key order, as every transaction that locks alarms.
SELECT alarm.*
FROM alarm
JOIN unnest(%(rules)b::text[], %(sources)b::text[], %(zones)b::text[]) AS wanted (rule_id, source_id, zone)
    USING (rule_id, source_id, zone)
WHERE alarm.state <> 'NORM'
ORDER BY alarm.rule_id, alarm.source_id, alarm.zone
FOR UPDATE OF alarm
