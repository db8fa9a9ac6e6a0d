SELECT *
FROM gareng_mesem.load
WHERE weighed_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Jakarta'
    AND weighed_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
    AND (%(waste_site)s::text IS NULL OR waste_site_id = %(waste_site)s::text)
ORDER BY weighed_at, waste_site_id, reference
