SELECT seq, action, before, actor, at, reason, alarm FROM alarm_event WHERE alarm_id = %(id)s ORDER BY seq
