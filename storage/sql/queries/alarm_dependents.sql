-- Tables whose rows belong to an alarm, whatever they are: each says so by a foreign key named alarm_id.
SELECT n.nspname, c.relname
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.confrelid = 'alarm'::regclass AND a.attname = 'alarm_id'
ORDER BY 1, 2
