INSERT INTO gareng_mesem.picture (sha256, media_type, size_bytes, received_at, actor)
VALUES (%(sha256)s, %(media_type)s, %(size_bytes)s, %(received_at)s, %(actor)s)
ON CONFLICT (sha256) DO NOTHING
