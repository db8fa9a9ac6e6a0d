SELECT * FROM maintenance WHERE ends_at > %(after)s AND starts_at < %(before)s ORDER BY starts_at, id
