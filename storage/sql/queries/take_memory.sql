INSERT INTO memory_keeper (id, keeper) VALUES (1, %(keeper)s)
ON CONFLICT (id) DO UPDATE SET keeper = excluded.keeper, since = now()
