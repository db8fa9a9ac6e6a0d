-- Devices: those of the site file, and those registered while the city runs.

CREATE TABLE device (
    id text COLLATE "C" PRIMARY KEY,
    origin text NOT NULL CHECK (origin IN ('file', 'registry')),
    settings jsonb NOT NULL,
    gateway text COLLATE "C",
    lat double precision,
    lon double precision,
    installed_on date,
    calibrated_on date,
    enabled boolean NOT NULL DEFAULT true,
    secret_hash text,
    secret_made_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (gateway <> id)
);
COMMENT ON TABLE device IS 'Every sensor that may speak. Those of origin file are described by the site file; their credentials and whether they are enabled live here.';
COMMENT ON COLUMN device.settings IS 'As a sensor section of the site file: name, site, opd, interval_s, metrics with units and limits, speaks.';
COMMENT ON COLUMN device.gateway IS 'Device that publishes for this one; it signs in instead.';
COMMENT ON COLUMN device.secret_hash IS 'Password as Mosquitto stores it: $7$, PBKDF2 with SHA-512. The password itself is nowhere.';

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_subject ON audit_log (subject, id);
COMMENT ON TABLE audit_log IS 'Who changed what, and when. Rows are only ever added.';
