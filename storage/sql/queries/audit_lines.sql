SELECT id, at, actor, action, subject, detail
FROM audit_log
WHERE (%(subject)s::text IS NULL OR subject = %(subject)s::text) AND (%(actor)s::text IS NULL OR actor = %(actor)s::text)
    AND id < %(before)s
ORDER BY id DESC
LIMIT %(limit)s
