SELECT * FROM gareng_mesem.repeat_spots(%(now)s)
