SELECT * FROM gareng_mesem.clearing(%(first)s, %(last)s)
