INSERT INTO device_command (id, device_id, name, args, actor, made_at, expires_at, state)
VALUES (%(id)s, %(device)s, %(name)s, %(args)s::jsonb, %(actor)s, %(made_at)s, %(expires_at)s, 'queued')
