-- What readings were by the minute, the hour and the day of Jakarta (WIB, UTC+7), under one name on every edition.

ALTER TABLE quality ADD COLUMN usable boolean NOT NULL DEFAULT false;
UPDATE quality SET usable = code IN (0, 8);
COMMENT ON COLUMN quality.usable IS 'Whether readings of this quality count in means and indices: ok, and late, which is true but old.';

-- Levels of sound are averaged as energy. UCUM; dB alone and dB[mW] are other things.
ALTER TABLE series ADD COLUMN is_sound boolean NOT NULL
    GENERATED ALWAYS AS (unit IN ('dB[A]', 'dB[C]', 'dB[Z]', 'dB[SPL]')) STORED;

CREATE TABLE rollup_1m (
    series_id integer NOT NULL,
    bucket timestamptz NOT NULL,
    total bigint NOT NULL,
    count bigint NOT NULL,
    sum double precision,
    min double precision,
    max double precision,
    first double precision,
    last double precision,
    energy double precision,
    PRIMARY KEY (series_id, bucket)
) WITH (fillfactor = 80);
CREATE TABLE rollup_1h (LIKE rollup_1m INCLUDING INDEXES INCLUDING STORAGE) WITH (fillfactor = 80);
CREATE TABLE rollup_1d (LIKE rollup_1m INCLUDING INDEXES INCLUDING STORAGE) WITH (fillfactor = 80);
COMMENT ON TABLE rollup_1m IS 'Readings by the minute of their corrected time, kept by the upkeep; read reading_1m.';
COMMENT ON TABLE rollup_1h IS 'Made of rollup_1m; read reading_1h.';
COMMENT ON TABLE rollup_1d IS 'Made of rollup_1h, days of Jakarta; read reading_1d.';
COMMENT ON COLUMN rollup_1m.sum IS 'Over usable readings, each taken as at most 1e290 either way: a sum never overflows.';
COMMENT ON COLUMN rollup_1m.energy IS 'Sum of 10^(value/10) over usable readings of sound levels, each taken as at most 2900 dB either way.';

CREATE TABLE rollup_dirty (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series_id integer,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
COMMENT ON TABLE rollup_dirty IS 'Times of devices (both ends included) whose readings changed since they were rolled up; written in the transaction that changes them.';
COMMENT ON COLUMN rollup_dirty.series_id IS 'Null for every series.';

-- What a city collected before this release.
INSERT INTO rollup_dirty (begins_at, ends_at) SELECT min(ts), max(ts) FROM reading HAVING count(*) > 0;

CREATE TABLE data_edge (
    class text COLLATE "C" PRIMARY KEY,
    refused_before timestamptz,
    dropped_before timestamptz,
    moved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE data_edge IS 'Since when each class of data is kept; no row where nothing was dropped yet.';
COMMENT ON COLUMN data_edge.refused_before IS 'Readings older than this are refused: they would fall below what is kept.';
COMMENT ON COLUMN data_edge.dropped_before IS 'Rows older than this may be gone: nothing is rolled up from there again.';

CREATE VIEW reading_1m AS
SELECT series_id, bucket, total, count, sum / nullif(count, 0) AS mean, min, max, first, last,
    energy / nullif(count, 0) AS energy_mean
FROM rollup_1m;
CREATE VIEW reading_1h AS
SELECT series_id, bucket, total, count, sum / nullif(count, 0) AS mean, min, max, first, last,
    energy / nullif(count, 0) AS energy_mean
FROM rollup_1h;
CREATE VIEW reading_1d AS
SELECT series_id, bucket, total, count, sum / nullif(count, 0) AS mean, min, max, first, last,
    energy / nullif(count, 0) AS energy_mean
FROM rollup_1d;
COMMENT ON VIEW reading_1m IS 'Each minute of each series: total readings, count of usable ones, and what those were.';
COMMENT ON VIEW reading_1h IS 'Each hour of each series, likewise.';
COMMENT ON VIEW reading_1d IS 'Each day of Jakarta of each series, likewise; bucket is its midnight.';
