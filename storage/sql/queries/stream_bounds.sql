SELECT min(seq), max(seq) FROM alarm_event
