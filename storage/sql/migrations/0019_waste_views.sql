-- What Dinas Lingkungan Hidup asks of the waste programme. Days are Asia/Jakarta's. Functions take the moment or the days,
-- so that an answer can be asked for again; the view of the same name without arguments is of now.

CREATE FUNCTION gareng_mesem.metres(lat_a double precision, lon_a double precision, lat_b double precision, lon_b double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Haversine on a sphere of the Earth's mean radius.
    SELECT 2 * 6371008.8 * asin(least(1, sqrt(
        sin(radians(lat_b - lat_a) / 2) ^ 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(radians(lon_b - lon_a) / 2) ^ 2
    )));
$$;
COMMENT ON FUNCTION gareng_mesem.metres IS 'Distance on the ground between two points in WGS84 degrees, good to half a per cent.';

CREATE FUNCTION gareng_mesem.emptyings(since timestamptz, until timestamptz)
RETURNS TABLE (bin_id text, waste_site_id text, emptied_at timestamptz, from_percent double precision, to_percent double precision)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH minutes AS (
        SELECT
            bin.id, bin.waste_site_id, m.bucket, m.mean,
            max(m.mean) OVER (
                PARTITION BY bin.id ORDER BY m.bucket RANGE BETWEEN interval '30 minutes' PRECEDING AND CURRENT ROW
            ) AS high
        FROM gareng_mesem.bin
        JOIN series ON series.source_id = bin.source_id AND series.metric = bin.metric AND series.zone = ''
        JOIN reading_1m AS m ON m.series_id = series.id
        WHERE bin.listed AND m.count > 0 AND m.bucket >= since - interval '30 minutes' AND m.bucket <= until
    ), marked AS (
        SELECT
            minutes.*,
            minutes.high - minutes.mean >= 40 AS dropped,
            coalesce(lag(minutes.high - minutes.mean >= 40) OVER (PARTITION BY minutes.id ORDER BY minutes.bucket), false) AS was
        FROM minutes
    ), runs AS (
        SELECT
            marked.*,
            count(*) FILTER (WHERE marked.dropped AND NOT marked.was) OVER (
                PARTITION BY marked.id ORDER BY marked.bucket
            ) AS run
        FROM marked
    ), emptied AS (
        SELECT
            runs.id, runs.waste_site_id, (array_agg(runs.bucket ORDER BY runs.mean, runs.bucket))[1] AS emptied_at,
            max(runs.high) AS from_percent, min(runs.mean) AS to_percent
        FROM runs
        WHERE runs.dropped
        GROUP BY runs.id, runs.waste_site_id, runs.run
    )
    SELECT emptied.* FROM emptied WHERE emptied.emptied_at >= since;
$$;
COMMENT ON FUNCTION gareng_mesem.emptyings IS 'A fall of 40 points or more within 30 minutes; the moment is its lowest minute.';

CREATE FUNCTION gareng_mesem.fills(moment timestamptz)
RETURNS TABLE (
    bin_id text, waste_site_id text, source_id text, volume_m3 double precision, full_at double precision,
    percent double precision, measured_at timestamptz, emptied_at timestamptz, emptyings_24h bigint, minutes_full_24h bigint,
    points integer, percent_per_hour double precision, slowest_per_hour double precision, fastest_per_hour double precision,
    forecast text, full_in_h double precision, full_earliest_h double precision, full_latest_h double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH bins AS (
        SELECT bin.*, series.id AS series_id, emptied.emptied_at, coalesce(emptied.emptyings, 0) AS emptyings
        FROM gareng_mesem.bin
        LEFT JOIN series ON series.source_id = bin.source_id AND series.metric = bin.metric AND series.zone = ''
        LEFT JOIN (
            SELECT
                e.bin_id, max(e.emptied_at) AS emptied_at,
                count(*) FILTER (WHERE e.emptied_at > moment - interval '24 hours') AS emptyings
            FROM gareng_mesem.emptyings(moment - interval '14 days', moment) AS e
            GROUP BY 1
        ) AS emptied ON emptied.bin_id = bin.id
        WHERE bin.listed
    ), minutes AS (
        SELECT
            bins.id, m.mean, extract(epoch FROM m.bucket - moment)::double precision / 3600 AS x,
            min(extract(epoch FROM m.bucket - moment)::double precision / 3600) OVER (PARTITION BY bins.id) AS first_x
        FROM bins
        JOIN reading_1m AS m ON m.series_id = bins.series_id
        WHERE m.count > 0 AND m.bucket <= moment AND m.bucket >= coalesce(bins.emptied_at, moment - interval '14 days')
    ), slots AS (
        -- At most 48 points however long it took to fill, each the median of its part of the time.
        SELECT minutes.id, avg(minutes.x) AS x, percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes.mean) AS y
        FROM minutes
        GROUP BY minutes.id, CASE WHEN minutes.first_x < 0 THEN floor(47.999 * (1 - minutes.x / minutes.first_x)) ELSE 0 END
    ), slopes AS (
        SELECT a.id, (b.y - a.y) / (b.x - a.x) AS slope
        FROM slots AS a
        JOIN slots AS b ON b.id = a.id AND b.x > a.x
    ), counted AS (
        SELECT slots.id, count(*)::integer AS n FROM slots GROUP BY 1
    ), lines AS (
        -- Theil and Sen: the median of all slopes; Sen (1968) takes the interval from their ranks, here for 90 %.
        SELECT
            slopes.id, counted.n, percentile_cont(0.5) WITHIN GROUP (ORDER BY slopes.slope) AS slope,
            array_agg(slopes.slope ORDER BY slopes.slope) AS sorted,
            1.645 * sqrt(counted.n * (counted.n - 1) * (2 * counted.n + 5) / 18.0) AS spread
        FROM slopes
        JOIN counted ON counted.id = slopes.id
        GROUP BY slopes.id, counted.n
    ), trends AS (
        SELECT
            lines.id, lines.n, lines.slope,
            lines.sorted[greatest(1, floor((cardinality(lines.sorted) - lines.spread) / 2)::integer)] AS slowest,
            lines.sorted[
                least(cardinality(lines.sorted), ceil((cardinality(lines.sorted) + lines.spread) / 2)::integer + 1)
            ] AS fastest,
            (
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY slots.y - lines.slope * slots.x)
                FROM slots
                WHERE slots.id = lines.id
            ) AS level
        FROM lines
    ), judged AS (
        SELECT
            bins.id, newest.value, newest.ts, counted.n, trends.slope, trends.slowest, trends.fastest, trends.level,
            CASE
                WHEN newest.ts IS NULL OR newest.ts < moment - interval '24 hours' THEN 'no_data'
                WHEN newest.value >= bins.full_at THEN 'full'
                WHEN trends.n >= 8 AND trends.slowest > 0 THEN 'rising'
                ELSE 'unknown'
            END AS forecast
        FROM bins
        LEFT JOIN LATERAL (
            SELECT reading.value, reading.ts
            FROM reading
            JOIN quality ON quality.code = reading.quality AND quality.usable
            WHERE reading.series_id = bins.series_id AND reading.ts <= moment
            ORDER BY reading.ts DESC
            LIMIT 1
        ) AS newest ON true
        LEFT JOIN counted ON counted.id = bins.id
        LEFT JOIN trends ON trends.id = bins.id
    )
    SELECT
        bins.id, bins.waste_site_id, bins.source_id, bins.volume_m3, bins.full_at,
        judged.value, judged.ts, bins.emptied_at, bins.emptyings, coalesce(above.minutes, 0),
        coalesce(judged.n, 0), judged.slope, judged.slowest, judged.fastest, judged.forecast,
        CASE WHEN judged.forecast = 'rising' THEN greatest(0, bins.full_at - judged.level) / judged.slope END,
        CASE WHEN judged.forecast = 'rising' THEN greatest(0, bins.full_at - judged.level) / judged.fastest END,
        CASE WHEN judged.forecast = 'rising' THEN greatest(0, bins.full_at - judged.level) / judged.slowest END
    FROM bins
    JOIN judged ON judged.id = bins.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS minutes
        FROM reading_1m AS m
        WHERE m.series_id = bins.series_id AND m.bucket > moment - interval '24 hours' AND m.bucket <= moment
            AND m.mean >= bins.full_at
    ) AS above ON true
    ORDER BY bins.id;
$$;
COMMENT ON FUNCTION gareng_mesem.fills IS 'Each bin at a moment: its newest fill in per cent, and in how many hours it will be full: Theil-Sen line since it was last emptied, 90 % interval from the ranks of the slopes. forecast is rising, full, unknown (not certainly rising, or fewer than 8 points) or no_data (nothing for a day).';
CREATE VIEW gareng_mesem.fill_now AS SELECT * FROM gareng_mesem.fills(now());

CREATE FUNCTION gareng_mesem.incidents(moment timestamptz)
RETURNS TABLE (
    id uuid, version integer, state text, origin text, camera_id text, zone text, observation_id uuid, seen boolean,
    waste_site_id text, site_name text, kecamatan text, lat double precision, lon double precision, title text, crew text,
    detected_at timestamptz, verified_at timestamptz, dispatched_at timestamptz, cleared_at timestamptz,
    closed_at timestamptz, updated_at timestamptz, evidence_before text, evidence_after text, repeat_of uuid, spot_id uuid,
    reopened integer, is_open boolean, due_at timestamptz, late boolean, age_h double precision, piles bigint
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        i.id, i.version, i.state, i.origin, i.camera_id, i.zone, i.observation_id, i.seen,
        i.waste_site_id, waste_site.name, i.kecamatan, i.lat, i.lon, i.title, i.crew,
        i.detected_at, i.verified_at, i.dispatched_at, i.cleared_at, i.closed_at, i.updated_at,
        i.evidence_before, i.evidence_after, i.repeat_of, i.spot_id, i.reopened,
        i.state NOT IN ('closed', 'false_alarm'), due.at, coalesce(moment > due.at, false),
        extract(epoch FROM coalesce(i.closed_at, moment) - i.detected_at)::double precision / 3600,
        (
            SELECT count(*)
            FROM gareng_mesem.incident AS other
            WHERE other.spot_id = i.spot_id AND other.state <> 'false_alarm'
                AND other.detected_at <= i.detected_at
                AND other.detected_at > i.detected_at - make_interval(days => setting.repeat_days)
        )
    FROM gareng_mesem.incident AS i
    LEFT JOIN gareng_mesem.setting ON true
    LEFT JOIN gareng_mesem.waste_site ON waste_site.id = i.waste_site_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN i.state = 'detected' THEN i.detected_at + setting.accept
            WHEN i.state = 'verified' THEN i.detected_at + setting.dispatch
            WHEN i.state IN ('dispatched', 'reopened') THEN i.detected_at + setting.clear
        END AS at
    ) AS due;
$$;
COMMENT ON FUNCTION gareng_mesem.incidents IS 'Incidents with their service clock: due_at is when the next step is due, counted from detection; piles counts those of the spot within the days of a repeat spot.';

CREATE FUNCTION gareng_mesem.open_by_kecamatan(moment timestamptz)
RETURNS TABLE (
    kecamatan text, open bigint, under_4h bigint, under_24h bigint, under_7d bigint, older bigint, late bigint,
    oldest_h double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        coalesce(i.kecamatan, ''), count(*), count(*) FILTER (WHERE i.age_h < 4),
        count(*) FILTER (WHERE i.age_h >= 4 AND i.age_h < 24), count(*) FILTER (WHERE i.age_h >= 24 AND i.age_h < 168),
        count(*) FILTER (WHERE i.age_h >= 168), count(*) FILTER (WHERE i.late), max(i.age_h)
    FROM gareng_mesem.incidents(moment) AS i
    WHERE i.is_open AND i.detected_at <= moment
    GROUP BY 1
    ORDER BY 2 DESC, 1;
$$;
COMMENT ON FUNCTION gareng_mesem.open_by_kecamatan IS 'Open piles by kecamatan and age since detection.';
CREATE VIEW gareng_mesem.open_piles AS SELECT * FROM gareng_mesem.incidents(now()) WHERE is_open;
CREATE VIEW gareng_mesem.open_now AS SELECT * FROM gareng_mesem.open_by_kecamatan(now());

CREATE FUNCTION gareng_mesem.clearing(first_day date, last_day date)
RETURNS TABLE (
    kecamatan text, closed bigint, median_h double precision, p90_h double precision, mean_h double precision, in_time bigint
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        CASE WHEN grouping(i.kecamatan) = 1 THEN '' ELSE coalesce(i.kecamatan, '?') END, count(*),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took.h), percentile_cont(0.9) WITHIN GROUP (ORDER BY took.h), avg(took.h),
        count(*) FILTER (WHERE i.cleared_at <= i.detected_at + setting.clear)
    FROM gareng_mesem.incident AS i
    LEFT JOIN gareng_mesem.setting ON true
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM i.cleared_at - i.detected_at)::double precision / 3600 AS h
    ) AS took
    WHERE i.state = 'closed'
        AND i.closed_at >= first_day::timestamp AT TIME ZONE 'Asia/Jakarta'
        AND i.closed_at < (last_day + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
    GROUP BY GROUPING SETS ((i.kecamatan), ())
    HAVING count(*) > 0
    ORDER BY 1;
$$;
COMMENT ON FUNCTION gareng_mesem.clearing IS 'Hours from detection to the claim that was proven, of incidents closed in some days; kecamatan '''' is all together.';

CREATE FUNCTION gareng_mesem.tonnage(first_day date, last_day date)
RETURNS TABLE (
    waste_site_id text, name text, kind text, day date, loads bigint, tonnes double precision, unweighed_loads bigint,
    unweighed_m3 double precision, tonnes_week_before double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH daily AS (
        SELECT
            load.waste_site_id, (load.weighed_at AT TIME ZONE 'Asia/Jakarta')::date AS day, count(*) AS loads,
            coalesce(sum(load.net_kg), 0) / 1000 AS tonnes,
            count(*) FILTER (WHERE load.net_kg IS NULL) AS unweighed_loads,
            coalesce(sum(load.volume_m3) FILTER (WHERE load.net_kg IS NULL), 0) AS unweighed_m3
        FROM gareng_mesem.load
        WHERE load.weighed_at >= (first_day - 7)::timestamp AT TIME ZONE 'Asia/Jakarta'
            AND load.weighed_at < (last_day + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
        GROUP BY 1, 2
    )
    SELECT
        site.id, site.name, site.kind, days.day::date, coalesce(daily.loads, 0), coalesce(daily.tonnes, 0),
        coalesce(daily.unweighed_loads, 0), coalesce(daily.unweighed_m3, 0), coalesce(before.tonnes, 0)
    FROM gareng_mesem.waste_site AS site
    CROSS JOIN generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') AS days (day)
    LEFT JOIN daily ON daily.waste_site_id = site.id AND daily.day = days.day::date
    LEFT JOIN daily AS before ON before.waste_site_id = site.id AND before.day = days.day::date - 7
    WHERE (site.listed AND site.kind = 'tpa') OR EXISTS (SELECT FROM daily AS any_day WHERE any_day.waste_site_id = site.id)
    ORDER BY site.id, days.day;
$$;
COMMENT ON FUNCTION gareng_mesem.tonnage IS 'What came in by site and day: tonnes weighed; loads that were not weighed apart, in cubic metres.';

CREATE FUNCTION gareng_mesem.reporting(moment timestamptz)
RETURNS TABLE (waste_site_id text, name text, kind text, kecamatan text, equipped boolean, latest timestamptz, reports boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        site.id, site.name, site.kind, site.kecamatan,
        site.camera_id IS NOT NULL OR site.weighbridge_id IS NOT NULL
            OR EXISTS (SELECT FROM gareng_mesem.bin WHERE bin.waste_site_id = site.id AND bin.listed),
        greatest(read.latest, weighed.latest), coalesce(greatest(read.latest, weighed.latest) > moment - interval '24 hours', false)
    FROM gareng_mesem.waste_site AS site
    LEFT JOIN LATERAL (
        SELECT max(newest.ts) AS latest
        FROM series
        CROSS JOIN LATERAL (
            SELECT reading.ts FROM reading
            WHERE reading.series_id = series.id AND reading.ts <= moment
            ORDER BY reading.ts DESC
            LIMIT 1
        ) AS newest
        WHERE (series.source_id = site.camera_id AND series.metric = 'coverage' AND (site.zone IS NULL OR series.zone = site.zone))
            OR EXISTS (
                SELECT FROM gareng_mesem.bin
                WHERE bin.waste_site_id = site.id AND bin.listed AND bin.source_id = series.source_id AND bin.metric = series.metric
            )
    ) AS read ON true
    LEFT JOIN LATERAL (
        SELECT max(load.weighed_at) AS latest
        FROM gareng_mesem.load
        WHERE load.waste_site_id = site.id AND load.weighed_at <= moment
    ) AS weighed ON true
    WHERE site.listed
    ORDER BY site.id;
$$;
COMMENT ON FUNCTION gareng_mesem.reporting IS 'Each listed site: whether it has a camera, bin or weighbridge, its newest data, and whether that is of the last 24 hours.';
CREATE VIEW gareng_mesem.reporting_now AS SELECT * FROM gareng_mesem.reporting(now());

CREATE FUNCTION gareng_mesem.repeat_spots(moment timestamptz)
RETURNS TABLE (
    spot_id uuid, piles bigint, open bigint, first_at timestamptz, latest_at timestamptz, latest_id uuid, waste_site_id text,
    title text, kecamatan text, lat double precision, lon double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT counted.*, latest.waste_site_id, latest.title, latest.kecamatan, latest.lat, latest.lon
    FROM (
        SELECT
            i.spot_id, count(*) AS piles, count(*) FILTER (WHERE i.state <> 'closed') AS open,
            min(i.detected_at) AS first_at, max(i.detected_at) AS latest_at,
            (array_agg(i.id ORDER BY i.detected_at DESC, i.id DESC))[1] AS latest_id
        FROM gareng_mesem.incident AS i
        CROSS JOIN gareng_mesem.setting
        WHERE i.state <> 'false_alarm' AND i.detected_at <= moment
            AND i.detected_at > moment - make_interval(days => setting.repeat_days)
        GROUP BY 1
        HAVING count(*) > 1
    ) AS counted
    JOIN gareng_mesem.incident AS latest ON latest.id = counted.latest_id
    ORDER BY counted.piles DESC, counted.latest_at DESC;
$$;
COMMENT ON FUNCTION gareng_mesem.repeat_spots IS 'Spots with more than one pile within the days of a repeat spot, most first; false alarms do not count.';
CREATE VIEW gareng_mesem.repeat_spots_now AS SELECT * FROM gareng_mesem.repeat_spots(now());

CREATE FUNCTION gareng_mesem.sipsn(wanted_year integer)
RETURNS TABLE (
    tahun integer, provinsi text, kabupaten_kota text, timbulan_harian_ton double precision, timbulan_tahunan_ton double precision,
    dasar_timbulan text, pengurangan_ton double precision, penanganan_ton double precision, daur_ulang_ton double precision,
    bahan_baku_ton double precision, masuk_tpa_ton double precision, masuk_landfill_ton double precision,
    tidak_ditimbang_m3 double precision, densitas_ton_m3 double precision, perkiraan_tidak_ditimbang_ton double precision,
    sisa_makanan_persen double precision, kayu_ranting_daun_persen double precision, kertas_karton_persen double precision,
    plastik_persen double precision, logam_persen double precision, kain_persen double precision, lainnya_persen double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        wanted_year, setting.province, setting.regency, made.t_day, made.t_day * year.days, setting.generation_basis,
        mass.recycling, mass.landfill + mass.composting + mass.fuel, mass.recycling, mass.composting + mass.fuel,
        mass.at_tpa, mass.landfill, mass.unweighed_m3, setting.density_t_m3, mass.unweighed_m3 * setting.density_t_m3,
        (setting.composition ->> 'food')::double precision, (setting.composition ->> 'wood')::double precision,
        (setting.composition ->> 'paper')::double precision, (setting.composition ->> 'plastic')::double precision,
        (setting.composition ->> 'metal')::double precision, (setting.composition ->> 'cloth')::double precision,
        (setting.composition ->> 'other')::double precision
    FROM gareng_mesem.setting
    CROSS JOIN LATERAL (
        SELECT make_date(wanted_year, 1, 1) AS first, make_date(wanted_year + 1, 1, 1) - make_date(wanted_year, 1, 1) AS days
    ) AS year
    CROSS JOIN LATERAL (SELECT setting.population * setting.kg_per_person_day / 1000 AS t_day) AS made
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(load.net_kg) FILTER (WHERE load.handling = 'landfill'), 0) / 1000 AS landfill,
            coalesce(sum(load.net_kg) FILTER (WHERE load.handling = 'recycling'), 0) / 1000 AS recycling,
            coalesce(sum(load.net_kg) FILTER (WHERE load.handling = 'composting'), 0) / 1000 AS composting,
            coalesce(sum(load.net_kg) FILTER (WHERE load.handling = 'fuel'), 0) / 1000 AS fuel,
            coalesce(sum(load.net_kg) FILTER (WHERE site.kind = 'tpa'), 0) / 1000 AS at_tpa,
            coalesce(sum(load.volume_m3) FILTER (WHERE load.net_kg IS NULL), 0) AS unweighed_m3
        FROM gareng_mesem.load
        JOIN gareng_mesem.waste_site AS site ON site.id = load.waste_site_id
        WHERE load.weighed_at >= year.first::timestamp AT TIME ZONE 'Asia/Jakarta'
            AND load.weighed_at < (year.first + year.days)::timestamp AT TIME ZONE 'Asia/Jakarta'
    ) AS mass;
$$;
COMMENT ON FUNCTION gareng_mesem.sipsn IS 'A year in SIPSN''s columns. Mass is weighed mass only; what was not weighed stands apart in m3, with the density that would make tonnes of it.';

CREATE FUNCTION gareng_mesem.sipsn_tpa(wanted_year integer)
RETURNS TABLE (
    tahun integer, nama text, jenis text, pengelola text, sistem_operasional text, kapasitas_m3 double precision,
    sampah_masuk_ton double precision, masuk_landfill_ton double precision, tidak_ditimbang_m3 double precision,
    densitas_ton_m3 double precision, jam_buka text, status text
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        wanted_year, site.name, site.kind, site.manager, site.operation, site.capacity_m3, coalesce(sum(load.net_kg), 0) / 1000,
        coalesce(sum(load.net_kg) FILTER (WHERE load.handling = 'landfill'), 0) / 1000,
        coalesce(sum(load.volume_m3) FILTER (WHERE load.net_kg IS NULL), 0), setting.density_t_m3, site.opening_hours,
        CASE WHEN site.listed THEN 'aktif' ELSE 'tidak aktif' END
    FROM gareng_mesem.waste_site AS site
    CROSS JOIN gareng_mesem.setting
    LEFT JOIN gareng_mesem.load ON load.waste_site_id = site.id
        AND load.weighed_at >= make_date(wanted_year, 1, 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
        AND load.weighed_at < make_date(wanted_year + 1, 1, 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
    WHERE site.kind IN ('tpa', 'tpst', 'tps_3r', 'bank_sampah') AND (site.listed OR load.id IS NOT NULL)
    GROUP BY site.id, setting.density_t_m3
    ORDER BY site.kind, site.id;
$$;
COMMENT ON FUNCTION gareng_mesem.sipsn_tpa IS 'SIPSN''s sheet of facilities for a year: mass weighed there, volume that was not weighed apart.';
