SELECT media_type FROM gareng_mesem.picture WHERE sha256 = %(sha256)s
