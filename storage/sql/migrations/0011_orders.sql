-- What devices are asked to be and to do: wanted settings with what they report, and commands with their results.

CREATE TABLE device_config (
    device_id text COLLATE "C" PRIMARY KEY REFERENCES device (id),
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    settings jsonb NOT NULL DEFAULT '{}',
    set_at timestamptz,
    published_version integer NOT NULL DEFAULT 0,
    reported_version integer,
    reported jsonb,
    reported_error text,
    reported_at timestamptz
);
CREATE INDEX device_config_unpublished ON device_config (device_id) WHERE published_version < version;
COMMENT ON TABLE device_config IS 'The newest settings wanted of a device, retained on its config topic, and what it last reported.';
COMMENT ON COLUMN device_config.version IS 'Grows by one with each change; 0 before anything was wanted.';
COMMENT ON COLUMN device_config.published_version IS 'Newest version that the broker has acknowledged.';

CREATE TABLE device_command (
    id uuid PRIMARY KEY,
    device_id text COLLATE "C" NOT NULL REFERENCES device (id),
    name text NOT NULL,
    args jsonb NOT NULL,
    actor text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'done', 'failed', 'timed_out')),
    sent_at timestamptz,
    finished_at timestamptz,
    result jsonb,
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX device_command_open ON device_command (expires_at) WHERE state IN ('queued', 'sent');
CREATE INDEX device_command_of ON device_command (device_id, made_at DESC);
COMMENT ON TABLE device_command IS 'Things a device was told to do, once, within a time.';
