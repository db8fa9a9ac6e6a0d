INSERT INTO listening AS run (sender, since, until)
VALUES (%(sender)s, %(since)s, %(until)s)
ON CONFLICT (sender, since) DO UPDATE
SET until = excluded.until
WHERE excluded.until > run.until
