INSERT INTO maintenance (id, sources, sites, starts_at, ends_at, reason, actor, made_at)
VALUES (%(id)s, %(sources)s, %(sites)s, %(starts_at)s, %(ends_at)s, %(reason)s, %(actor)s, %(made_at)s)
