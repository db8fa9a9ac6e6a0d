-- Continuous aggregates, where the edition has them. All three count their buckets from 17:00 UTC, midnight in Jakarta, because
-- an aggregate of an aggregate must have the same origin. Their policies, and compression, are set by the upkeep, which knows
-- the site file. They go by the device's own time; series whose clock is corrected by more than two seconds are kept in the
-- tables of the other editions, and the views put both together.

CREATE MATERIALIZED VIEW continuous_1m WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    series_id,
    time_bucket(INTERVAL '1 minute', ts, "offset" => INTERVAL '17 hours') AS bucket,
    count(*) AS total,
    count(*) FILTER (WHERE quality IN (0, 8)) AS count,
    sum(greatest(least(value, 1e290), -1e290)) FILTER (WHERE quality IN (0, 8)) AS sum,
    min(value) FILTER (WHERE quality IN (0, 8)) AS min,
    max(value) FILTER (WHERE quality IN (0, 8)) AS max,
    first(value, ts) FILTER (WHERE quality IN (0, 8)) AS first,
    last(value, ts) FILTER (WHERE quality IN (0, 8)) AS last,
    sum(power(10::double precision, greatest(least(value, 2900), -2900) / 10)) FILTER (WHERE quality IN (0, 8)) AS energy
FROM reading
GROUP BY 1, 2
WITH NO DATA;

CREATE MATERIALIZED VIEW continuous_1h WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    series_id,
    time_bucket(INTERVAL '1 hour', bucket, "offset" => INTERVAL '17 hours') AS bucket,
    sum(total)::bigint AS total,
    sum(count)::bigint AS count,
    sum(sum) AS sum,
    min(min) AS min,
    max(max) AS max,
    first(first, bucket) FILTER (WHERE count > 0) AS first,
    last(last, bucket) FILTER (WHERE count > 0) AS last,
    sum(energy) AS energy
FROM continuous_1m
GROUP BY 1, 2
WITH NO DATA;

CREATE MATERIALIZED VIEW continuous_1d WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    series_id,
    time_bucket(INTERVAL '1 day', bucket, "offset" => INTERVAL '17 hours') AS bucket,
    sum(total)::bigint AS total,
    sum(count)::bigint AS count,
    sum(sum) AS sum,
    min(min) AS min,
    max(max) AS max,
    first(first, bucket) FILTER (WHERE count > 0) AS first,
    last(last, bucket) FILTER (WHERE count > 0) AS last,
    sum(energy) AS energy
FROM continuous_1h
GROUP BY 1, 2
WITH NO DATA;

CREATE TABLE rollup_series (
    series_id integer PRIMARY KEY,
    ready boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE rollup_series IS 'Series whose times are corrected: the views show their rollups from tables once these are filled.';

CREATE OR REPLACE VIEW reading_1m AS
SELECT c.series_id, c.bucket, c.total, c.count, c.sum / nullif(c.count, 0) AS mean, c.min, c.max, c.first, c.last,
    CASE WHEN series.is_sound THEN c.energy / nullif(c.count, 0) END AS energy_mean
FROM continuous_1m AS c
JOIN series ON series.id = c.series_id
WHERE NOT EXISTS (SELECT FROM rollup_series WHERE rollup_series.series_id = c.series_id AND rollup_series.ready)
UNION ALL
SELECT r.series_id, r.bucket, r.total, r.count, r.sum / nullif(r.count, 0), r.min, r.max, r.first, r.last,
    r.energy / nullif(r.count, 0)
FROM rollup_1m AS r
JOIN rollup_series ON rollup_series.series_id = r.series_id AND rollup_series.ready;

CREATE OR REPLACE VIEW reading_1h AS
SELECT c.series_id, c.bucket, c.total, c.count, c.sum / nullif(c.count, 0) AS mean, c.min, c.max, c.first, c.last,
    CASE WHEN series.is_sound THEN c.energy / nullif(c.count, 0) END AS energy_mean
FROM continuous_1h AS c
JOIN series ON series.id = c.series_id
WHERE NOT EXISTS (SELECT FROM rollup_series WHERE rollup_series.series_id = c.series_id AND rollup_series.ready)
UNION ALL
SELECT r.series_id, r.bucket, r.total, r.count, r.sum / nullif(r.count, 0), r.min, r.max, r.first, r.last,
    r.energy / nullif(r.count, 0)
FROM rollup_1h AS r
JOIN rollup_series ON rollup_series.series_id = r.series_id AND rollup_series.ready;

CREATE OR REPLACE VIEW reading_1d AS
SELECT c.series_id, c.bucket, c.total, c.count, c.sum / nullif(c.count, 0) AS mean, c.min, c.max, c.first, c.last,
    CASE WHEN series.is_sound THEN c.energy / nullif(c.count, 0) END AS energy_mean
FROM continuous_1d AS c
JOIN series ON series.id = c.series_id
WHERE NOT EXISTS (SELECT FROM rollup_series WHERE rollup_series.series_id = c.series_id AND rollup_series.ready)
UNION ALL
SELECT r.series_id, r.bucket, r.total, r.count, r.sum / nullif(r.count, 0), r.min, r.max, r.first, r.last,
    r.energy / nullif(r.count, 0)
FROM rollup_1d AS r
JOIN rollup_series ON rollup_series.series_id = r.series_id AND rollup_series.ready;
