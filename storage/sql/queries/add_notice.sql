INSERT INTO notice (id, alarm_id, raised_at, step, channel, due_at, next_at)
VALUES (%(id)s, %(alarm_id)s, %(raised_at)s, %(step)s, %(channel)s, %(due_at)s, %(due_at)s)
ON CONFLICT (id) DO NOTHING
