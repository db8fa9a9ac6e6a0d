SELECT * FROM gareng_mesem.incident WHERE observation_id = %(observation)s ORDER BY detected_at DESC LIMIT 1 FOR UPDATE
