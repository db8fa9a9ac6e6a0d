UPDATE notice
SET next_at = %(next_at)s, tries = tries + %(tried)s, detail = %(detail)s
WHERE id = %(id)s AND state = 'waiting'
