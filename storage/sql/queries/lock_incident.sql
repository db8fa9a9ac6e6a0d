SELECT * FROM gareng_mesem.incident WHERE id = %(id)s FOR UPDATE
