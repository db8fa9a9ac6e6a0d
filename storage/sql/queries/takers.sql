-- Whether somebody takes messages in under a name, since when he said nothing (see lease_holder), and how many wait for it.
SELECT
    bool_or(held.classid = x'70616e74'::int::oid) IS TRUE AS works,
    max(
        CASE
            WHEN held.classid = x'70616e74'::int::oid AND activity.wait_event_type = 'Client'
            THEN extract(epoch FROM clock_timestamp() - greatest(activity.state_change, activity.query_start))
        END
    )::float8 AS silent_s,
    count(*) FILTER (WHERE held.classid = x'70617774'::int::oid) AS waiting
FROM pg_locks AS held
LEFT JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory'
    AND held.granted
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND held.classid IN (x'70616e74'::int::oid, x'70617774'::int::oid)
    AND held.objid = (hashtext(%(identity)s)::bigint & 4294967295)::oid
    AND held.objsubid = 2
