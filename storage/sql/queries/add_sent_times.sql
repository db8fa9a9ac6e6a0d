INSERT INTO sent_time (source_id, ts, sent, received_at)
VALUES (%(source)s, %(ts)s, %(sent)s, %(received_at)s)
ON CONFLICT (source_id, ts) DO NOTHING
