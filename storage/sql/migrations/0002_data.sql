-- What was measured and seen.

-- No foreign key leads to source: data is never refused because the database has not seen the newest site file.
CREATE TABLE series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id text COLLATE "C" NOT NULL,
    metric text COLLATE "C" NOT NULL,
    zone text COLLATE "C" NOT NULL DEFAULT '',
    unit text NOT NULL,
    UNIQUE (source_id, metric, zone)
);
COMMENT ON COLUMN series.zone IS 'Zone of a camera''s picture, empty for the whole source.';
COMMENT ON COLUMN series.unit IS 'UCUM unit.';

CREATE TABLE quality (
    code smallint PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE quality IS 'Names of reading.quality; two bytes a row instead of a word.';
INSERT INTO quality (code, name) VALUES
    (0, 'ok'), (1, 'missing'), (2, 'stale'), (3, 'out_of_range'), (4, 'stuck'), (5, 'spike'), (6, 'clock_skew'),
    (7, 'duplicate'), (8, 'late');

-- A number for each reading in the order it was taken in. A transaction draws one block of 2^20 numbers.
CREATE SEQUENCE arrival_block INCREMENT BY 1048576;

-- No foreign keys: each would be checked for every row, and hypertables pay more for it.
CREATE TABLE reading (
    series_id integer NOT NULL,
    ts timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    arrival bigint NOT NULL,
    raw double precision NOT NULL,
    value double precision NOT NULL,
    quality smallint NOT NULL,
    PRIMARY KEY (series_id, ts)
);
COMMENT ON COLUMN reading.ts IS 'The device''s own time as sent; the receive time where it sent none.';
COMMENT ON COLUMN reading.arrival IS 'Order in which rules saw the readings, so that a replay is identical.';
COMMENT ON COLUMN reading.raw IS 'Before calibration.';
COMMENT ON COLUMN reading.value IS 'After calibration.';

CREATE TABLE observation (
    id uuid PRIMARY KEY,
    source_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    zone text COLLATE "C",
    phase text NOT NULL CHECK (phase IN ('begin', 'update', 'end')),
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    received_at timestamptz NOT NULL,
    box double precision[] CHECK (cardinality(box) = 4),
    count double precision,
    score double precision NOT NULL,
    evidence text COLLATE "C",
    attrs jsonb NOT NULL
);
CREATE INDEX observation_source ON observation (source_id, started_at);
COMMENT ON TABLE observation IS 'Things seen, each as of its latest statement.';
COMMENT ON COLUMN observation.updated_at IS 'When the latest statement holds.';
COMMENT ON COLUMN observation.box IS 'x, y, width, height in shares of the picture.';

CREATE TABLE evidence (
    sha256 text COLLATE "C" PRIMARY KEY,
    source_id text COLLATE "C" NOT NULL,
    size_bytes integer NOT NULL,
    received_at timestamptz NOT NULL
);
COMMENT ON TABLE evidence IS 'Pictures kept in the picture folder under their digest.';
