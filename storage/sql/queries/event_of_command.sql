SELECT seq, alarm_id, action, before, actor, at, reason, alarm FROM alarm_event WHERE command = %(command)s
