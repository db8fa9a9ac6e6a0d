UPDATE gareng_mesem.waste_site SET listed = false WHERE listed AND id <> ALL(%(ids)s)
