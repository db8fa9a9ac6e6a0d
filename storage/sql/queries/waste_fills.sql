SELECT * FROM gareng_mesem.fills(%(now)s)
