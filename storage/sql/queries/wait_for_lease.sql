-- Seen by others as waiting, as long as the session lasts. The first key is 'pawt' in ASCII; many may hold it at once.
SELECT pg_advisory_lock_shared(x'70617774'::int, hashtext(%(identity)s))
