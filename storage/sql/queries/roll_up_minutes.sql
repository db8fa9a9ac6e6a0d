-- Minutes anew from readings, within windows of corrected time. A reading's time is moved by the offset its device's clock had
-- when it was received; a device whose clock is right costs one probe of the primary key a window.
WITH asked AS MATERIALIZED (
    SELECT *
    FROM unnest(%(series)s::integer[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS w (series_id, begins, ends)
),
moved AS MATERIALIZED (
    SELECT series.id AS series_id, clock.offset_s, clock.since,
        lead(clock.since, 1, 'infinity') OVER (PARTITION BY series.id ORDER BY clock.since) AS until
    FROM series
    JOIN device_clock AS clock USING (source_id)
    WHERE series.id = ANY(%(corrected)s::integer[])
),
period AS MATERIALIZED (
    -- Readings that came while the clock was off, had a time of their own, and are moved; and all the others.
    SELECT series_id, make_interval(secs => offset_s) AS shift, since, until, true AS is_moved
    FROM moved
    WHERE abs(offset_s) > 2
    UNION ALL
    SELECT series_id, interval '0', '-infinity', 'infinity', false
    FROM unnest(%(corrected)s::integer[]) AS corrected (series_id)
),
fresh AS MATERIALIZED (
    SELECT
        asked.series_id,
        date_bin('1 minute', r.at, '2000-01-01 00:00+07') AS bucket,
        count(*) AS total,
        count(*) FILTER (WHERE r.usable) AS count,
        sum(greatest(least(r.value, 1e290), -1e290)) FILTER (WHERE r.usable) AS sum,
        min(r.value) FILTER (WHERE r.usable) AS min,
        max(r.value) FILTER (WHERE r.usable) AS max,
        (array_agg(r.value ORDER BY r.at, r.ts) FILTER (WHERE r.usable))[1] AS first,
        (array_agg(r.value ORDER BY r.at DESC, r.ts DESC) FILTER (WHERE r.usable))[1] AS last,
        sum(power(10::double precision, greatest(least(r.value, 2900), -2900) / 10))
            FILTER (WHERE r.usable AND series.is_sound) AS energy
    FROM asked
    JOIN series ON series.id = asked.series_id
    CROSS JOIN LATERAL (
        SELECT reading.ts AS at, reading.ts, reading.value, reading.quality IN (0, 8) AS usable
        FROM reading
        WHERE asked.series_id <> ALL(%(corrected)s::integer[])
            AND reading.series_id = asked.series_id AND reading.ts >= asked.begins AND reading.ts < asked.ends
        UNION ALL
        SELECT reading.ts + period.shift, reading.ts, reading.value, reading.quality IN (0, 8)
        FROM period
        JOIN reading ON reading.series_id = period.series_id
            AND reading.ts >= asked.begins - period.shift AND reading.ts < asked.ends - period.shift
        WHERE asked.series_id = ANY(%(corrected)s::integer[]) AND period.series_id = asked.series_id
            AND reading.received_at >= period.since AND reading.received_at < period.until
            AND CASE
                WHEN period.is_moved THEN reading.ts <> reading.received_at
                ELSE reading.ts = reading.received_at OR NOT EXISTS (
                    SELECT
                    FROM moved
                    WHERE moved.series_id = reading.series_id AND abs(moved.offset_s) > 2
                        AND reading.received_at >= moved.since AND reading.received_at < moved.until
                )
            END
    ) AS r
    GROUP BY 1, 2
),
gone AS (
    DELETE FROM rollup_1m
    USING asked
    WHERE rollup_1m.series_id = asked.series_id AND rollup_1m.bucket >= asked.begins AND rollup_1m.bucket < asked.ends
        AND rollup_1m.bucket BETWEEN %(earliest)s AND %(latest)s
        AND NOT EXISTS (
            SELECT FROM fresh WHERE fresh.series_id = rollup_1m.series_id AND fresh.bucket = rollup_1m.bucket
        )
)
INSERT INTO rollup_1m AS old (series_id, bucket, total, count, sum, min, max, first, last, energy)
SELECT series_id, bucket, total, count, sum, min, max, first, last, energy
FROM fresh
ORDER BY series_id, bucket
ON CONFLICT (series_id, bucket) DO UPDATE
SET total = excluded.total, count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max,
    first = excluded.first, last = excluded.last, energy = excluded.energy
WHERE (old.total, old.count, old.sum, old.min, old.max, old.first, old.last, old.energy) IS DISTINCT FROM
    (excluded.total, excluded.count, excluded.sum, excluded.min, excluded.max, excluded.first, excluded.last, excluded.energy)
