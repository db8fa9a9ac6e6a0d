SELECT id, phase, updated_at
FROM observation
WHERE id = ANY(%(ids)s::uuid[])
ORDER BY id
FOR UPDATE
