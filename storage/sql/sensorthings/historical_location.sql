-- Pantau keeps no record of where things stood before.
SELECT NULL::text AS id, NULL::timestamptz AS time, NULL::text AS thing, NULL::text AS site WHERE false
