SELECT * FROM gareng_mesem.report WHERE channel = %(channel)s AND reference = %(reference)s
