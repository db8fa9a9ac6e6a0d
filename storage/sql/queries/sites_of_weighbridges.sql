SELECT id, weighbridge_id FROM gareng_mesem.waste_site WHERE listed AND weighbridge_id = ANY(%(sources)s)
