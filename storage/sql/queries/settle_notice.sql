UPDATE notice
SET state = %(state)s, tries = tries + %(tried)s, settled_at = %(now)s, detail = %(detail)s
WHERE id = %(id)s AND state = 'waiting'
