UPDATE reading
SET value = new.value, quality = new.quality
FROM unnest(%(times)s::timestamptz[], %(values)s::double precision[], %(qualities)s::smallint[]) AS new (ts, value, quality)
WHERE reading.series_id = %(series)s::integer
    AND reading.ts = new.ts
    AND reading.ts BETWEEN %(first)s AND %(last)s
    AND (reading.value IS DISTINCT FROM new.value OR reading.quality <> new.quality)
