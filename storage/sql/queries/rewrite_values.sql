UPDATE reading
SET value = new.value, quality = new.quality
FROM unnest(%(times)s::timestamptz[], %(values)s::double precision[], %(qualities)s::smallint[]) AS new (ts, value, quality)
WHERE reading.series_id = (
        SELECT id FROM series WHERE source_id = %(source)s AND metric = %(metric)s AND zone = %(zone)s
    )
    AND reading.ts = new.ts
    AND reading.ts BETWEEN %(first)s AND %(last)s
    AND (reading.value IS DISTINCT FROM new.value OR reading.quality <> new.quality)
