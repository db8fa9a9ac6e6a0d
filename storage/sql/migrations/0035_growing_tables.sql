-- What is asked again and again is found by an index, however much lies beside it.

-- Open piles, and those closed in some days: the page of the waste programme asks for both every few seconds.
CREATE INDEX incident_open ON gareng_mesem.incident (detected_at) WHERE state NOT IN ('closed', 'false_alarm');
CREATE INDEX incident_closed ON gareng_mesem.incident (closed_at) WHERE state = 'closed';
-- A site's newest load.
CREATE INDEX load_site ON gareng_mesem.load (waste_site_id, weighed_at);
-- Links that other alarms have to one: asked for with its journal, and for each alarm that is forgotten.
CREATE INDEX alarm_journal_linked ON alarm_journal (linked_id) WHERE linked_id IS NOT NULL;
-- The latest alarms of a rule: whoever follows the warnings asks every minute.
CREATE INDEX alarm_rule ON alarm (rule_id, updated_at);
-- Devices whose clock was off, which are few: the upkeep asks twice a minute.
CREATE INDEX device_clock_off ON device_clock (source_id) WHERE abs(offset_s) > 2;

-- As before, but each site's series and newest load are looked up: with OR between camera and bins, every site was held
-- against every series.
CREATE OR REPLACE FUNCTION gareng_mesem.reporting(moment timestamptz)
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
        FROM (
            SELECT series.id
            FROM series
            WHERE series.source_id = site.camera_id AND series.metric = 'coverage'
                AND (site.zone IS NULL OR series.zone = site.zone)
            UNION ALL
            SELECT series.id
            FROM gareng_mesem.bin
            JOIN series ON series.source_id = bin.source_id AND series.metric = bin.metric
            WHERE bin.waste_site_id = site.id AND bin.listed
        ) AS own
        CROSS JOIN LATERAL (
            SELECT reading.ts FROM reading
            WHERE reading.series_id = own.id AND reading.ts <= moment
            ORDER BY reading.ts DESC
            LIMIT 1
        ) AS newest
    ) AS read ON true
    LEFT JOIN LATERAL (
        -- The load just before the end of the site's own, perhaps another site's: asked for the site's alone, the planner
        -- goes back through the loads of all, as long as nearly all are of one site.
        SELECT max(nearest.weighed_at) AS latest
        FROM (
            SELECT load.waste_site_id, load.weighed_at
            FROM gareng_mesem.load
            WHERE (load.waste_site_id, load.weighed_at) <= (site.id, moment)
            ORDER BY load.waste_site_id DESC, load.weighed_at DESC
            LIMIT 1
        ) AS nearest
        WHERE nearest.waste_site_id = site.id
    ) AS weighed ON true
    WHERE site.listed
    ORDER BY site.id;
$$;

-- As before, but the latest pile of each spot is probed for.
CREATE OR REPLACE FUNCTION gareng_mesem.repeat_spots(moment timestamptz)
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
    CROSS JOIN LATERAL (
        SELECT i.waste_site_id, i.title, i.kecamatan, i.lat, i.lon
        FROM gareng_mesem.incident AS i
        WHERE i.id = counted.latest_id
        OFFSET 0
    ) AS latest
    ORDER BY counted.piles DESC, counted.latest_at DESC;
$$;
