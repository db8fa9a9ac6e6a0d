SELECT rule_id, source_id, zone FROM alarm WHERE state <> 'NORM'
UNION
SELECT rule_id, source_id, zone FROM shadow_alarm WHERE active
ORDER BY rule_id, source_id, zone
