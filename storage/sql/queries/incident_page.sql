SELECT i.*
FROM gareng_mesem.incidents(%(now)s) AS i
LEFT JOIN gareng_mesem.incident AS last ON last.id = %(after)s::uuid
WHERE i.state = ANY(%(states)s)
    AND (%(kecamatan)s::text[] IS NULL OR i.kecamatan = ANY(%(kecamatan)s::text[]))
    AND (%(after)s::uuid IS NULL OR (i.detected_at, i.id) < (last.detected_at, last.id))
ORDER BY i.detected_at DESC, i.id DESC
LIMIT %(limit)s
