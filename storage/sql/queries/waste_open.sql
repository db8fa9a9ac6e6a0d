SELECT * FROM gareng_mesem.open_by_kecamatan(%(now)s)
