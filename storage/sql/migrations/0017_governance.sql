-- Governance: which office, camera or sensor has not delivered? Days are Asia/Jakarta's, and of the data's own time.

ALTER TABLE source ADD COLUMN since timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN source.since IS 'When it was first listed; nothing is held against it before.';

CREATE SCHEMA governance;

CREATE TABLE governance.programme (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    dimension text NOT NULL,
    place smallint NOT NULL
);
COMMENT ON TABLE governance.programme IS 'Programmes of the smart-city plan, in its order.';

CREATE TABLE governance.dataset (
    id text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    opd_id text COLLATE "C" NOT NULL REFERENCES opd,
    programme_id text COLLATE "C" REFERENCES governance.programme,
    every_days integer NOT NULL CHECK (every_days BETWEEN 1 AND 31),
    source_id text COLLATE "C",
    metadata jsonb NOT NULL,
    listed boolean NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE governance.dataset IS 'What offices deliver besides cameras and sensors, as the site file describes it.';
COMMENT ON COLUMN governance.dataset.source_id IS 'Sensor by which it reports over MQTT; null where it reports over the API.';
COMMENT ON COLUMN governance.dataset.metadata IS 'Satu Data (Perpres 39/2019): definition, unit, method, region, licence, contact, walidata.';

CREATE TABLE governance.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id text COLLATE "C" NOT NULL REFERENCES governance.dataset,
    updated_at timestamptz NOT NULL,
    records bigint NOT NULL CHECK (records >= 0),
    reported_at timestamptz NOT NULL,
    reporter text NOT NULL,
    reference text NOT NULL,
    UNIQUE (dataset_id, reference)
);
CREATE INDEX report_dataset ON governance.report (dataset_id, updated_at);
COMMENT ON TABLE governance.report IS 'What offices said they delivered. Rows are only ever added.';
COMMENT ON COLUMN governance.report.updated_at IS 'When the data was last updated; its day is the day that counts.';
COMMENT ON COLUMN governance.report.reference IS 'The reporter''s own name for the report: sent again, it counts once.';

CREATE TABLE governance.digest (
    day date NOT NULL,
    channel text COLLATE "C" NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (day, channel)
);
COMMENT ON TABLE governance.digest IS 'Which day''s digest each channel has accepted.';

CREATE VIEW governance.register AS
SELECT
    dataset.id, 'programme' AS kind, dataset.title, dataset.opd_id, dataset.programme_id, dataset.every_days,
    dataset.source_id, NULL::text AS site_id, NULL::text AS kecamatan, dataset.metadata,
    (dataset.since AT TIME ZONE 'Asia/Jakarta')::date AS since
FROM governance.dataset
WHERE dataset.listed
UNION ALL
SELECT
    source.id, source.kind, source.name, coalesce(source.opd_id, site.opd_id), NULL, 1,
    source.id, site.id, site.kecamatan, '{}'::jsonb, (source.since AT TIME ZONE 'Asia/Jakarta')::date
FROM source
LEFT JOIN site ON site.id = source.site_id
WHERE source.listed AND source.kind <> 'gateway'
    AND NOT EXISTS (SELECT FROM governance.dataset WHERE dataset.listed AND dataset.source_id = source.id);
COMMENT ON VIEW governance.register IS 'Everything that is owed: programmes'' datasets, cameras, sensors; cameras and sensors every day.';

CREATE FUNCTION governance.deliveries(first_day date, last_day date)
RETURNS TABLE (dataset_id text, day date, deliveries bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT report.dataset_id, (report.updated_at AT TIME ZONE 'Asia/Jakarta')::date, count(*)
    FROM governance.report
    WHERE report.updated_at >= first_day::timestamp AT TIME ZONE 'Asia/Jakarta'
        AND report.updated_at < (last_day + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
    GROUP BY 1, 2
    UNION ALL
    SELECT register.id, (reading_1d.bucket AT TIME ZONE 'Asia/Jakarta')::date, sum(reading_1d.total)::bigint
    FROM governance.register
    JOIN series ON series.source_id = register.source_id
    JOIN reading_1d ON reading_1d.series_id = series.id
    WHERE reading_1d.bucket >= first_day::timestamp AT TIME ZONE 'Asia/Jakarta'
        AND reading_1d.bucket < (last_day + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
    GROUP BY 1, 2;
$$;
COMMENT ON FUNCTION governance.deliveries IS 'How many reports (programmes) or values (cameras, sensors) each dataset has of each day.';

CREATE FUNCTION governance.days(first_day date, last_day date)
RETURNS TABLE (dataset_id text, kind text, opd_id text, day date, state text, deliveries bigint, latest date)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Two periods back, since a dataset is late for one period after the one in which it was due, and silent then.
    WITH delivered AS MATERIALIZED (
        SELECT d.dataset_id, d.day, sum(d.deliveries)::bigint AS deliveries
        FROM governance.deliveries(first_day - 62, last_day) AS d
        GROUP BY 1, 2
    ), grid AS (
        SELECT register.id, register.kind, register.opd_id, register.every_days, register.since, days.day::date AS day
        FROM governance.register
        CROSS JOIN generate_series((first_day - 62)::timestamp, last_day::timestamp, interval '1 day') AS days (day)
    ), dated AS (
        SELECT
            grid.*, delivered.deliveries,
            max(delivered.day) OVER (PARTITION BY grid.id ORDER BY grid.day) AS latest
        FROM grid
        LEFT JOIN delivered ON delivered.dataset_id = grid.id AND delivered.day = grid.day
    )
    SELECT
        dated.id, dated.kind, dated.opd_id, dated.day,
        CASE
            WHEN dated.day - dated.latest < dated.every_days THEN 'fresh'
            WHEN dated.day - coalesce(dated.latest, dated.since) < 2 * dated.every_days THEN 'late'
            ELSE 'silent'
        END,
        coalesce(dated.deliveries, 0), dated.latest
    FROM dated
    WHERE dated.day BETWEEN first_day AND last_day AND (dated.day >= dated.since OR dated.latest IS NOT NULL);
$$;
COMMENT ON FUNCTION governance.days IS 'State of each dataset on each day: fresh within its days, late within as many more, silent after that.';

CREATE FUNCTION governance.office_days(first_day date, last_day date)
RETURNS TABLE (opd_id text, day date, datasets bigint, fresh bigint, late bigint, silent bigint, state text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        counted.opd_id, counted.day, counted.datasets, counted.fresh, counted.late, counted.silent,
        CASE
            WHEN counted.fresh = counted.datasets THEN 'fresh'
            WHEN counted.fresh > 0 OR counted.late > 0 THEN 'late'
            ELSE 'silent'
        END
    FROM (
        SELECT
            d.opd_id, d.day, count(*) AS datasets, count(*) FILTER (WHERE d.state = 'fresh') AS fresh,
            count(*) FILTER (WHERE d.state = 'late') AS late, count(*) FILTER (WHERE d.state = 'silent') AS silent
        FROM governance.days(first_day, last_day) AS d
        WHERE d.opd_id IS NOT NULL
        GROUP BY 1, 2
    ) AS counted;
$$;
COMMENT ON FUNCTION governance.office_days IS 'State of each office on each day: fresh when all it owes is, silent when none is even late.';

CREATE FUNCTION governance.league(first_day date, last_day date)
RETURNS TABLE (opd_id text, name text, owed bigint, fresh bigint, share double precision, streak_days bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        o.opd_id, opd.name, sum(o.datasets)::bigint, sum(o.fresh)::bigint, sum(o.fresh)::double precision / sum(o.datasets),
        count(*) FILTER (WHERE o.day > coalesce(o.broken, first_day - 1))
    FROM (
        SELECT d.*, max(d.day) FILTER (WHERE d.state <> 'fresh') OVER (PARTITION BY d.opd_id) AS broken
        FROM governance.office_days(first_day, last_day) AS d
    ) AS o
    JOIN opd ON opd.id = o.opd_id
    GROUP BY 1, 2
    ORDER BY 5 DESC, 6 DESC, 1;
$$;
COMMENT ON FUNCTION governance.league IS 'Offices by the share of dataset days that were fresh; the streak is of days on which all was, up to the last.';

CREATE VIEW governance.today AS
SELECT d.*, register.title, register.programme_id, register.every_days
FROM governance.days((now() AT TIME ZONE 'Asia/Jakarta')::date, (now() AT TIME ZONE 'Asia/Jakarta')::date) AS d
JOIN governance.register ON register.id = d.dataset_id;
COMMENT ON VIEW governance.today IS 'Who has not delivered today: state late or silent.';
