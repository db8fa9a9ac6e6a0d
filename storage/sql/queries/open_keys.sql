SELECT rule_id, source_id, zone FROM alarm WHERE state <> 'NORM' ORDER BY rule_id, source_id, zone
