INSERT INTO quarantine (digest, source_id, topic, payload, size_bytes, reason, detail, received_at)
VALUES (%(digest)s, %(source_id)s, %(topic)s, %(payload)s, %(size_bytes)s, %(reason)s, %(detail)s, %(received_at)s)
ON CONFLICT (digest) DO NOTHING
