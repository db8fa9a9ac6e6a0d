SELECT * FROM gareng_mesem.tonnage(%(first)s, %(last)s)
