SELECT sha256 FROM evidence WHERE sha256 = %(sha256)s
UNION ALL
SELECT sha256 FROM gareng_mesem.picture WHERE sha256 = %(sha256)s
LIMIT 1
