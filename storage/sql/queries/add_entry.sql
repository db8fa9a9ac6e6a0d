-- A command that was done already is answered with what it did.
INSERT INTO alarm_journal AS kept
    (alarm_id, at, actor, origin, kind, text, assignee, linked_id, sha256, media_type, size_bytes, command)
VALUES (
    %(alarm_id)s, %(at)s, %(actor)s, %(origin)s, %(kind)s, %(text)s, %(assignee)s, %(linked_id)s, %(sha256)s,
    %(media_type)s, %(size_bytes)s, %(command)s
)
ON CONFLICT (command) DO UPDATE SET command = kept.command
RETURNING *
