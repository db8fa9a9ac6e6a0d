SELECT * FROM gareng_mesem.emptyings(%(since)s, %(until)s) ORDER BY emptied_at, bin_id
