SELECT * FROM alarm WHERE id = ANY(%(ids)s::uuid[])
