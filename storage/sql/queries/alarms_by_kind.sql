SELECT kind, count(*), min(raised_at) FROM alarm GROUP BY kind ORDER BY kind
