-- Who answers, where things stand, and who delivers. The site file is the truth; `seed` writes it here so that SQL can join.

CREATE TABLE opd (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    contact text
);
COMMENT ON TABLE opd IS 'Offices (organisasi perangkat daerah) of the site file.';

CREATE TABLE site (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    kecamatan text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    opd_id text COLLATE "C" REFERENCES opd
);
COMMENT ON TABLE site IS 'Places of the site file; positions in WGS84 degrees, kecamatan as dotted Kemendagri code.';

CREATE TABLE source (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('camera', 'sensor', 'gateway')),
    name text NOT NULL,
    site_id text COLLATE "C" REFERENCES site,
    opd_id text COLLATE "C" REFERENCES opd,
    interval_s double precision,
    listed boolean NOT NULL
);
COMMENT ON TABLE source IS 'Whoever publishes under its own topics.';
COMMENT ON COLUMN source.interval_s IS 'Expected seconds between messages, null where nothing is expected.';
COMMENT ON COLUMN source.listed IS 'Whether the site file still names it; history outlives the listing.';
