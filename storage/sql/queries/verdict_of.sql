SELECT alarm_id, truth, actor, at, note FROM alarm_verdict WHERE alarm_id = %(alarm_id)s
