SELECT * FROM gareng_mesem.waste_site WHERE id = %(id)s AND listed
