INSERT INTO rule_version (rule_id, version, definition, origin, actor, reason, at)
VALUES (%(rule_id)s, %(version)s, %(definition)s::jsonb, %(origin)s, %(actor)s, %(reason)s, %(at)s)
RETURNING number
