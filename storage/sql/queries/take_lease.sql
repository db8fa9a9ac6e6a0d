-- Held by the session, so it ends with the connection, whatever ends that. The first key is 'pant' in ASCII.
SELECT pg_try_advisory_lock(x'70616e74'::int, hashtext(%(identity)s))
