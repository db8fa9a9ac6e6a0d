SELECT * FROM gareng_mesem.sipsn(%(year)s)
