SELECT rule_id, source_id, zone FROM alarm WHERE active OR NOT acked ORDER BY rule_id, source_id, zone
