SELECT * FROM gareng_mesem.sipsn_tpa(%(year)s)
