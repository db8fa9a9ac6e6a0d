-- What others than Pantau itself may read: schema api for readers of the whole city, schema opd for one office each. Neither
-- shows secrets, the audit log, what people wrote, or their names. The roles and their rights are given by storage/roles.py after every
-- migration and restore, since roles belong to the server and not to the database.

ALTER TABLE source ADD COLUMN public boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN source.public IS 'Whether every office may read its data: the site file''s public of the camera or sensor.';

CREATE TABLE database_login (
    login text COLLATE "C" PRIMARY KEY CHECK (octet_length(login) BETWEEN 1 AND 63),
    role text NOT NULL CHECK (role IN ('ingest', 'web', 'reader', 'opd')),
    opd_id text COLLATE "C" REFERENCES opd,
    made_at timestamptz NOT NULL,
    CHECK ((role = 'opd') = (opd_id IS NOT NULL))
);
COMMENT ON TABLE database_login IS 'Logins that Pantau made for this database. Their passwords are known to the server only.';
COMMENT ON COLUMN database_login.opd_id IS 'The office whose data the schema opd shows to this login.';

-- On databases that come from PostgreSQL 14 everybody may create functions in public; what runs with its owner's rights below
-- would find them.
DO $$
BEGIN
    IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
        GRANT CREATE, USAGE ON SCHEMA public TO CURRENT_USER;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
END $$;

CREATE SCHEMA api;
COMMENT ON SCHEMA api IS 'The whole city for readers: reports, Grafana.';

CREATE VIEW api.opd AS SELECT id, name FROM opd;
CREATE VIEW api.site AS SELECT id, name, kecamatan, lat, lon, opd_id FROM site;
CREATE VIEW api.source AS SELECT id, kind, name, site_id, opd_id, interval_s, listed, since, public FROM source;
CREATE VIEW api.series AS SELECT id, source_id, metric, zone, unit, is_sound FROM series;
CREATE VIEW api.quality AS SELECT code, name, usable FROM quality;
CREATE VIEW api.reading AS SELECT series_id, ts, received_at, raw, value, quality FROM reading;
CREATE VIEW api.reading_corrected AS
SELECT series_id, ts, received_at, raw, value, quality, corrected_at FROM reading_corrected;
CREATE VIEW api.reading_1m AS
SELECT series_id, bucket, total, count, mean, min, max, first, last, energy_mean FROM reading_1m;
CREATE VIEW api.reading_1h AS
SELECT series_id, bucket, total, count, mean, min, max, first, last, energy_mean FROM reading_1h;
CREATE VIEW api.reading_1d AS
SELECT series_id, bucket, total, count, mean, min, max, first, last, energy_mean FROM reading_1d;
CREATE VIEW api.observation AS
SELECT id, source_id, kind, zone, phase, started_at, updated_at, ended_at, box, count, score, attrs FROM observation;
CREATE VIEW api.alarm AS
SELECT
    id, version, rule_id, source_id, zone, kind, priority, site_id, title, value, unit, active, acked, latched, state, met_at,
    raised_at, updated_at, acked_at, cleared_at, occurrences
FROM alarm;
CREATE VIEW api.alarm_event AS SELECT seq, alarm_id, version, action, before, state, at FROM alarm_event;
CREATE VIEW api.liveness AS SELECT source_id, state, since, heard_at FROM liveness;
CREATE VIEW api.liveness_change AS SELECT source_id, at, state FROM liveness_change;
CREATE VIEW api.listening AS SELECT sender, since, until FROM listening;
CREATE VIEW api.quarantine AS SELECT id, source_id, reason, size_bytes, received_at FROM quarantine;
CREATE VIEW api.programme AS SELECT id, name, dimension, place FROM governance.programme;
CREATE VIEW api.dataset AS
SELECT
    id, kind, title, opd_id, programme_id, every_days, source_id, site_id, kecamatan, metadata - 'contact' AS metadata, since
FROM governance.register;
CREATE VIEW api.dataset_report AS SELECT id, dataset_id, updated_at, records, reported_at FROM governance.report;
CREATE VIEW api.waste_site AS
SELECT
    id, name, kind, site_id, kecamatan, lat, lon, opd_id, camera_id, zone, weighbridge_id, operation, capacity_m3,
    opening_hours, listed
FROM gareng_mesem.waste_site;
CREATE VIEW api.waste_bin AS
SELECT id, waste_site_id, source_id, metric, volume_m3, full_at, listed FROM gareng_mesem.bin;
CREATE VIEW api.waste_load AS
SELECT
    id, waste_site_id, weighed_at, received_at, gross_kg, tare_kg, net_kg, volume_m3, handling, kecamatan, channel
FROM gareng_mesem.load;
CREATE VIEW api.waste_incident AS
SELECT
    id, version, state, origin, camera_id, zone, seen, waste_site_id, kecamatan, lat, lon, detected_at, verified_at,
    dispatched_at, cleared_at, closed_at, updated_at, repeat_of, spot_id, reopened
FROM gareng_mesem.incident;

-- What takes days or a moment, under one schema. A function's tables are opened with the rights of whoever calls it, even
-- within a view: hence these run with their owner's.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT
            n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) AS taken, pg_get_function_result(p.oid) AS given,
            (SELECT string_agg('$' || place, ', ' ORDER BY place) FROM generate_series(1, p.pronargs) AS place) AS handed,
            CASE n.nspname WHEN 'gareng_mesem' THEN 'waste_' ELSE 'dataset_' END || p.proname AS name
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE (n.nspname = 'governance' AND p.proname IN ('days', 'office_days', 'league'))
            OR (n.nspname = 'gareng_mesem' AND p.proname IN (
                'emptyings', 'fills', 'open_by_kecamatan', 'clearing', 'tonnage', 'reporting', 'sipsn', 'sipsn_tpa'
            ))
    LOOP
        EXECUTE format(
            'CREATE FUNCTION api.%I(%s) RETURNS %s LANGUAGE sql STABLE SECURITY DEFINER '
            'SET search_path = pg_catalog, public, pg_temp AS $body$ SELECT * FROM %I.%I(%s) $body$',
            one.name, one.taken, one.given, one.nspname, one.proname, one.handed
        );
        EXECUTE format('REVOKE ALL ON FUNCTION api.%I(%s) FROM PUBLIC', one.name, one.taken);
    END LOOP;
END $$;

CREATE SCHEMA opd;
COMMENT ON SCHEMA opd IS 'One office each, by its login: its own sources, datasets and waste sites, and what is public.';

-- Every view is a security barrier: no function or operator that a login brings sees a row before the view has decided on it.
-- The login is the one that signed in (session_user): SET ROLE changes nothing, and functions with their owner's rights know it.
CREATE VIEW opd.me WITH (security_barrier) AS
SELECT opd.id, opd.name, database_login.login
FROM database_login
JOIN opd ON opd.id = database_login.opd_id
WHERE database_login.login = session_user::text;
COMMENT ON VIEW opd.me IS 'The office of this login; no row for any other login, which is shown only what is public.';

CREATE VIEW opd.office WITH (security_barrier) AS SELECT id, name FROM opd;

CREATE VIEW opd.source WITH (security_barrier) AS
SELECT
    source.id, source.kind, source.name, source.site_id, owner.id AS opd_id, source.interval_s, source.listed, source.since,
    source.public, coalesce(owner.id = (SELECT me.id FROM opd.me), false) AS own
FROM source
LEFT JOIN site ON site.id = source.site_id
LEFT JOIN opd AS owner ON owner.id = coalesce(source.opd_id, site.opd_id)
WHERE source.public OR owner.id = (SELECT me.id FROM opd.me);
COMMENT ON VIEW opd.source IS 'Own sources (of the office, else of the office that answers for their site) and public ones.';

CREATE VIEW opd.site WITH (security_barrier) AS
SELECT site.id, site.name, site.kecamatan, site.lat, site.lon, site.opd_id
FROM site
WHERE site.opd_id = (SELECT me.id FROM opd.me) OR site.id IN (SELECT source.site_id FROM opd.source);

CREATE VIEW opd.series WITH (security_barrier) AS
SELECT series.id, series.source_id, series.metric, series.zone, series.unit, series.is_sound, source.own
FROM series
JOIN opd.source ON source.id = series.source_id;

CREATE VIEW opd.quality WITH (security_barrier) AS SELECT code, name, usable FROM quality;

CREATE VIEW opd.reading WITH (security_barrier) AS
SELECT reading.series_id, reading.ts, reading.received_at, reading.raw, reading.value, reading.quality
FROM reading
JOIN opd.series ON series.id = reading.series_id;

CREATE VIEW opd.reading_1m WITH (security_barrier) AS
SELECT r.series_id, r.bucket, r.total, r.count, r.mean, r.min, r.max, r.first, r.last, r.energy_mean
FROM reading_1m AS r
JOIN opd.series ON series.id = r.series_id;
CREATE VIEW opd.reading_1h WITH (security_barrier) AS
SELECT r.series_id, r.bucket, r.total, r.count, r.mean, r.min, r.max, r.first, r.last, r.energy_mean
FROM reading_1h AS r
JOIN opd.series ON series.id = r.series_id;
CREATE VIEW opd.reading_1d WITH (security_barrier) AS
SELECT r.series_id, r.bucket, r.total, r.count, r.mean, r.min, r.max, r.first, r.last, r.energy_mean
FROM reading_1d AS r
JOIN opd.series ON series.id = r.series_id;

CREATE VIEW opd.observation WITH (security_barrier) AS
SELECT
    o.id, o.source_id, o.kind, o.zone, o.phase, o.started_at, o.updated_at, o.ended_at, o.box, o.count, o.score,
    CASE WHEN source.own THEN o.attrs END AS attrs
FROM observation AS o
JOIN opd.source ON source.id = o.source_id;
COMMENT ON COLUMN opd.observation.attrs IS 'What else the source said; null where the source is another office''s.';

CREATE VIEW opd.liveness WITH (security_barrier) AS
SELECT liveness.source_id, liveness.state, liveness.since, liveness.heard_at
FROM liveness
JOIN opd.source ON source.id = liveness.source_id AND source.own;

CREATE VIEW opd.alarm WITH (security_barrier) AS
SELECT
    a.id, a.version, a.rule_id, a.source_id, a.zone, a.kind, a.priority, a.site_id, a.title, a.value, a.unit, a.active,
    a.acked, a.latched, a.state, a.met_at, a.raised_at, a.updated_at, a.acked_at, a.cleared_at, a.occurrences
FROM alarm AS a
JOIN opd.source ON source.id = a.source_id AND source.own;
COMMENT ON VIEW opd.alarm IS 'Alarms of own sources; those of public sources are their office''s.';

CREATE VIEW opd.alarm_event WITH (security_barrier) AS
SELECT e.seq, e.alarm_id, e.version, e.action, e.before, e.state, e.at
FROM alarm_event AS e
JOIN opd.alarm ON alarm.id = e.alarm_id;

CREATE VIEW opd.dataset WITH (security_barrier) AS
SELECT
    register.id, register.kind, register.title, register.opd_id, register.programme_id, register.every_days,
    register.source_id, register.site_id, register.kecamatan, register.metadata, register.since
FROM governance.register
WHERE register.opd_id = (SELECT me.id FROM opd.me);

CREATE VIEW opd.dataset_report WITH (security_barrier) AS
SELECT report.id, report.dataset_id, report.updated_at, report.records, report.reported_at
FROM governance.report
JOIN governance.dataset ON dataset.id = report.dataset_id
WHERE dataset.opd_id = (SELECT me.id FROM opd.me);

CREATE VIEW opd.waste_site WITH (security_barrier) AS
SELECT
    w.id, w.name, w.kind, w.site_id, w.kecamatan, w.lat, w.lon, w.camera_id, w.zone, w.weighbridge_id, w.operation,
    w.capacity_m3, w.opening_hours, w.listed
FROM gareng_mesem.waste_site AS w
LEFT JOIN site ON site.id = w.site_id
WHERE coalesce(w.opd_id, site.opd_id) = (SELECT me.id FROM opd.me);

CREATE VIEW opd.waste_bin WITH (security_barrier) AS
SELECT bin.id, bin.waste_site_id, bin.source_id, bin.metric, bin.volume_m3, bin.full_at, bin.listed
FROM gareng_mesem.bin
JOIN opd.waste_site ON waste_site.id = bin.waste_site_id;

CREATE VIEW opd.waste_load WITH (security_barrier) AS
SELECT
    load.id, load.waste_site_id, load.reference, load.weighed_at, load.received_at, load.gross_kg, load.tare_kg, load.net_kg,
    load.volume_m3, load.handling, load.kecamatan, load.channel
FROM gareng_mesem.load
JOIN opd.waste_site ON waste_site.id = load.waste_site_id;

CREATE VIEW opd.waste_incident WITH (security_barrier) AS
SELECT
    i.id, i.version, i.state, i.origin, i.camera_id, i.zone, i.seen, i.waste_site_id, i.kecamatan, i.lat, i.lon,
    i.detected_at, i.verified_at, i.dispatched_at, i.cleared_at, i.closed_at, i.updated_at, i.spot_id, i.reopened
FROM gareng_mesem.incident AS i
WHERE i.waste_site_id IN (SELECT waste_site.id FROM opd.waste_site)
    OR i.camera_id IN (SELECT source.id FROM opd.source WHERE source.own);
COMMENT ON VIEW opd.waste_incident IS 'Piles at own waste sites, and those that own cameras saw.';

CREATE FUNCTION opd.dataset_days(first_day date, last_day date)
RETURNS TABLE (dataset_id text, kind text, day date, state text, deliveries bigint, latest date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.dataset_id, d.kind, d.day, d.state, d.deliveries, d.latest
    FROM governance.days(first_day, last_day) AS d
    WHERE d.opd_id = (SELECT me.id FROM opd.me);
$$;
COMMENT ON FUNCTION opd.dataset_days IS 'As governance.days, of own datasets.';

CREATE FUNCTION opd.board(first_day date, last_day date)
RETURNS TABLE (opd_id text, day date, datasets bigint, fresh bigint, late bigint, silent bigint, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM governance.office_days(first_day, last_day);
$$;
COMMENT ON FUNCTION opd.board IS 'The board of all offices, public by design: how many of its datasets each owes and delivered on each day.';

CREATE FUNCTION opd.waste_fills(moment timestamptz)
RETURNS TABLE (
    bin_id text, waste_site_id text, percent double precision, measured_at timestamptz, emptied_at timestamptz,
    forecast text, full_in_h double precision, full_earliest_h double precision, full_latest_h double precision
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        f.bin_id, f.waste_site_id, f.percent, f.measured_at, f.emptied_at, f.forecast, f.full_in_h, f.full_earliest_h,
        f.full_latest_h
    FROM gareng_mesem.fills(moment) AS f
    WHERE f.waste_site_id IN (SELECT waste_site.id FROM opd.waste_site);
$$;
COMMENT ON FUNCTION opd.waste_fills IS 'As gareng_mesem.fills, of bins at own waste sites.';

CREATE FUNCTION opd.waste_tonnage(first_day date, last_day date)
RETURNS TABLE (
    waste_site_id text, day date, loads bigint, tonnes double precision, unweighed_loads bigint, unweighed_m3 double precision
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.waste_site_id, t.day, t.loads, t.tonnes, t.unweighed_loads, t.unweighed_m3
    FROM gareng_mesem.tonnage(first_day, last_day) AS t
    WHERE t.waste_site_id IN (SELECT waste_site.id FROM opd.waste_site);
$$;
COMMENT ON FUNCTION opd.waste_tonnage IS 'As gareng_mesem.tonnage, of own waste sites.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA opd FROM PUBLIC;
