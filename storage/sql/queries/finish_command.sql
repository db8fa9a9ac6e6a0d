UPDATE device_command SET state = %(state)s, finished_at = %(now)s, result = %(result)s::jsonb, detail = %(detail)s
WHERE id = %(id)s AND device_id = %(device)s AND state IN ('queued', 'sent')
