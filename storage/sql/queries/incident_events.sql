SELECT * FROM gareng_mesem.incident_event WHERE incident_id = %(id)s ORDER BY seq
