SELECT * FROM gareng_mesem.incidents(%(now)s) WHERE id = %(id)s
