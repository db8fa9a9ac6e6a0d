UPDATE gareng_mesem.bin SET listed = false WHERE listed AND id <> ALL(%(ids)s)
