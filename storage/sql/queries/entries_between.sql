SELECT * FROM alarm_journal WHERE at >= %(start)s AND at <= %(end)s ORDER BY id LIMIT %(limit)s
