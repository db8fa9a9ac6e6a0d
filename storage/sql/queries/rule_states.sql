SELECT rule_id, source_id, zone, watermark, pending_since, clear_since, observations, kept
FROM rule_state
