-- The waste programme (Gareng Mesem): its sites and bins as the site file describes them, what is weighed, what piles up.

CREATE SCHEMA gareng_mesem;

CREATE TABLE gareng_mesem.setting (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    demo boolean NOT NULL,
    accept interval NOT NULL,
    dispatch interval NOT NULL,
    clear interval NOT NULL,
    repeat_days integer NOT NULL,
    repeat_within_m double precision NOT NULL,
    density_t_m3 double precision NOT NULL,
    province text,
    regency text NOT NULL,
    population bigint,
    kg_per_person_day double precision,
    generation_basis text,
    composition jsonb
);
COMMENT ON TABLE gareng_mesem.setting IS 'The site file''s section waste: one row.';
COMMENT ON COLUMN gareng_mesem.setting.accept IS 'Target from detection to verification; dispatch and clear likewise from detection.';
COMMENT ON COLUMN gareng_mesem.setting.composition IS 'Per cent of mass by kind; null where nobody said.';

CREATE TABLE gareng_mesem.waste_site (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tps', 'tps_3r', 'tpst', 'tpa', 'bank_sampah', 'hot_spot')),
    site_id text COLLATE "C" REFERENCES site,
    kecamatan text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    opd_id text COLLATE "C" REFERENCES opd,
    camera_id text COLLATE "C",
    zone text COLLATE "C",
    weighbridge_id text COLLATE "C",
    manager text,
    operation text,
    capacity_m3 double precision,
    opening_hours text,
    listed boolean NOT NULL
);
COMMENT ON TABLE gareng_mesem.waste_site IS 'TPS, TPS 3R, TPST, TPA, bank sampah, hot spots of dumping.';
COMMENT ON COLUMN gareng_mesem.waste_site.camera_id IS 'Camera that watches it, and with zone the part of its picture.';
COMMENT ON COLUMN gareng_mesem.waste_site.weighbridge_id IS 'Source whose weighbridge_load events are loads of this site.';
COMMENT ON COLUMN gareng_mesem.waste_site.listed IS 'Whether the site file still names it; history outlives the listing.';

CREATE TABLE gareng_mesem.bin (
    id text COLLATE "C" PRIMARY KEY,
    waste_site_id text COLLATE "C" NOT NULL REFERENCES gareng_mesem.waste_site,
    source_id text COLLATE "C" NOT NULL,
    metric text COLLATE "C" NOT NULL,
    volume_m3 double precision NOT NULL,
    full_at double precision NOT NULL,
    listed boolean NOT NULL
);
COMMENT ON TABLE gareng_mesem.bin IS 'Containers whose fill is the series (source_id, metric), in per cent.';

CREATE TABLE gareng_mesem.load (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    waste_site_id text COLLATE "C" NOT NULL REFERENCES gareng_mesem.waste_site,
    reference text COLLATE "C" NOT NULL,
    weighed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    vehicle text,
    gross_kg double precision,
    tare_kg double precision,
    net_kg double precision GENERATED ALWAYS AS (gross_kg - tare_kg) STORED,
    volume_m3 double precision,
    handling text NOT NULL CHECK (handling IN ('landfill', 'recycling', 'composting', 'fuel')),
    kecamatan text,
    channel text NOT NULL CHECK (channel IN ('http', 'mqtt', 'csv')),
    actor text NOT NULL,
    UNIQUE (waste_site_id, reference),
    CHECK ((gross_kg IS NULL) = (tare_kg IS NULL)),
    CHECK (gross_kg IS NOT NULL OR volume_m3 IS NOT NULL)
);
CREATE INDEX load_weighed ON gareng_mesem.load (weighed_at);
COMMENT ON TABLE gareng_mesem.load IS 'What came in at a site. Mass is what was weighed; a load without a weight has a volume only, and the two are never mixed.';
COMMENT ON COLUMN gareng_mesem.load.reference IS 'The weighbridge''s own number: a load sent again counts once.';
COMMENT ON COLUMN gareng_mesem.load.kecamatan IS 'Where it was collected.';

CREATE TABLE gareng_mesem.incident (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    state text NOT NULL CHECK (
        state IN ('detected', 'verified', 'dispatched', 'cleared', 'closed', 'reopened', 'false_alarm')
    ),
    origin text NOT NULL CHECK (origin IN ('camera', 'report')),
    camera_id text COLLATE "C",
    zone text COLLATE "C",
    observation_id uuid,
    seen boolean NOT NULL,
    waste_site_id text COLLATE "C" REFERENCES gareng_mesem.waste_site,
    kecamatan text,
    lat double precision,
    lon double precision,
    title text NOT NULL,
    crew text,
    detected_at timestamptz NOT NULL,
    verified_at timestamptz,
    dispatched_at timestamptz,
    cleared_at timestamptz,
    closed_at timestamptz,
    updated_at timestamptz NOT NULL,
    evidence_before text COLLATE "C",
    evidence_after text COLLATE "C",
    repeat_of uuid REFERENCES gareng_mesem.incident,
    spot_id uuid NOT NULL,
    reopened integer NOT NULL
);
-- One open incident a spot: whoever comes second, camera or citizen, tells of the same pile.
CREATE UNIQUE INDEX incident_open_zone ON gareng_mesem.incident (camera_id, coalesce(zone, ''))
    WHERE camera_id IS NOT NULL AND state NOT IN ('closed', 'false_alarm');
CREATE UNIQUE INDEX incident_open_site ON gareng_mesem.incident (waste_site_id)
    WHERE camera_id IS NULL AND waste_site_id IS NOT NULL AND state NOT IN ('closed', 'false_alarm');
CREATE INDEX incident_claimed ON gareng_mesem.incident (id) WHERE state = 'cleared' AND camera_id IS NOT NULL;
CREATE INDEX incident_detected ON gareng_mesem.incident (detected_at);
CREATE INDEX incident_spot ON gareng_mesem.incident (spot_id, detected_at);
CREATE INDEX incident_observation ON gareng_mesem.incident (observation_id);
COMMENT ON TABLE gareng_mesem.incident IS 'Piles of waste, each as it is now; incident_event has its life.';
COMMENT ON COLUMN gareng_mesem.incident.seen IS 'Whether the camera sees it now, as far as it has told.';
COMMENT ON COLUMN gareng_mesem.incident.spot_id IS 'First incident at this spot.';

CREATE TABLE gareng_mesem.incident_event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES gareng_mesem.incident,
    version integer NOT NULL,
    action text NOT NULL,
    before text,
    state text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    evidence text COLLATE "C",
    crew text,
    command text COLLATE "C" UNIQUE,
    UNIQUE (incident_id, version)
);
COMMENT ON TABLE gareng_mesem.incident_event IS 'Every step of every incident. Rows are only ever added.';
COMMENT ON COLUMN gareng_mesem.incident_event.command IS 'Name its sender gave to the command behind it: sent again, it is done once.';

CREATE TABLE gareng_mesem.report (
    channel text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    incident_id uuid NOT NULL REFERENCES gareng_mesem.incident,
    reporter text NOT NULL,
    text text NOT NULL,
    reported_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    waste_site_id text COLLATE "C" REFERENCES gareng_mesem.waste_site,
    kecamatan text,
    lat double precision,
    lon double precision,
    link text,
    evidence text COLLATE "C",
    PRIMARY KEY (channel, reference)
);
CREATE INDEX report_incident ON gareng_mesem.report (incident_id);
COMMENT ON TABLE gareng_mesem.report IS 'What citizens and officers told, under the number it has elsewhere, such as LAPOR''s.';

CREATE TABLE gareng_mesem.picture (
    sha256 text COLLATE "C" PRIMARY KEY,
    media_type text NOT NULL,
    size_bytes integer NOT NULL,
    received_at timestamptz NOT NULL,
    actor text NOT NULL
);
COMMENT ON TABLE gareng_mesem.picture IS 'Pictures that people added; those of cameras are in evidence.';
