SELECT pg_advisory_unlock_shared(x'70617774'::int, hashtext(%(identity)s))
