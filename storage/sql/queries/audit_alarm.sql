INSERT INTO audit_log (at, actor, action, subject, detail)
VALUES (%(at)s, %(actor)s, %(action)s, %(subject)s, %(detail)s::jsonb)
