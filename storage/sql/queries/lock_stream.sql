-- Held to the commit, so seq numbers become visible in their order: a reader that has seen one has seen all before it.
-- The key is 'pantau' in ASCII.
SELECT pg_advisory_xact_lock(x'70616e746175'::bigint)
