SELECT incident_id FROM gareng_mesem.incident_event WHERE command = %(command)s
