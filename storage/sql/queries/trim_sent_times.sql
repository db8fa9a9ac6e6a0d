DELETE FROM sent_time
WHERE (source_id, ts) IN (SELECT source_id, ts FROM sent_time WHERE received_at < %(before)s LIMIT %(most)s)
