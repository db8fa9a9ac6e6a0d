SELECT * FROM gareng_mesem.report WHERE incident_id = %(id)s ORDER BY received_at, channel, reference
