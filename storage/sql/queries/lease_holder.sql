-- Who holds a lease. A holder speaks at least once a second, even with nothing to do; silent_s tells since when the
-- server has waited for its next word, and is null while the server itself is at work for it.
SELECT
    activity.pid,
    host(activity.client_addr),
    activity.backend_start,
    CASE
        WHEN activity.wait_event_type = 'Client'
            THEN extract(epoch FROM clock_timestamp() - greatest(activity.state_change, activity.query_start))
    END::float8
FROM pg_locks AS held
JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory'
    AND held.granted
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND held.classid = x'70616e74'::int::oid
    AND held.objid = (hashtext(%(identity)s)::bigint & 4294967295)::oid
    AND held.objsubid = 2
