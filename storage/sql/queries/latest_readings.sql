-- One probe of the primary key a series, not further back than `since`: with TimescaleDB this leaves the chunks of earlier days
-- out, each of which would cost every probe a little. Series without a reading since then have nulls. Readings dated more
-- than five minutes after they came are left out: one of them would stand as the latest until its date has passed.
SELECT
    series.id, series.source_id, series.metric, series.zone, series.unit, newest.ts, newest.received_at, newest.raw,
    newest.value, newest.quality
FROM series
LEFT JOIN LATERAL (
    SELECT reading.ts, reading.received_at, reading.raw, reading.value, reading.quality
    FROM reading
    WHERE reading.series_id = series.id
        AND reading.ts >= %(since)s::timestamptz
        AND reading.ts <= reading.received_at + interval '5 minutes'
        AND (%(quality)s::smallint IS NULL OR reading.quality = %(quality)s::smallint)
    ORDER BY reading.ts DESC
    LIMIT 1
) AS newest ON true
WHERE %(series)s::integer[] IS NULL OR series.id = ANY(%(series)s::integer[])
ORDER BY series.source_id, series.metric, series.zone
