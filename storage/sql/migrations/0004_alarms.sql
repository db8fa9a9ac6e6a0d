-- What rules remember, and what they raised.

CREATE TABLE rule_state (
    rule_id text COLLATE "C",
    source_id text COLLATE "C",
    zone text COLLATE "C",
    watermark timestamptz,
    pending_since timestamptz,
    clear_since timestamptz,
    observations uuid[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (rule_id, source_id, zone)
) WITH (fillfactor = 50);
COMMENT ON TABLE rule_state IS 'Memory of each rule about each source and zone. Rows are locked in key order and never deleted.';

CREATE TABLE alarm (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    rule_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    zone text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    site_id text COLLATE "C" NOT NULL,
    title text NOT NULL,
    value double precision,
    unit text,
    active boolean NOT NULL,
    acked boolean NOT NULL,
    state text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN active THEN CASE WHEN acked THEN 'ACKED' ELSE 'UNACK' END
             ELSE CASE WHEN acked THEN 'NORM' ELSE 'RTNUN' END END
    ) STORED,
    met_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    acked_by text,
    acked_at timestamptz,
    cleared_at timestamptz,
    observation_id uuid,
    evidence text COLLATE "C",
    occurrences integer NOT NULL
);
COMMENT ON COLUMN alarm.state IS 'Follows from the facets; for reading only.';
-- One open alarm a key. Rules hold the key's rule_state while they raise, so this is a second guard.
CREATE UNIQUE INDEX alarm_open ON alarm (rule_id, source_id, zone) WHERE active OR NOT acked;
CREATE INDEX alarm_state ON alarm (state);

CREATE TABLE alarm_event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id uuid NOT NULL REFERENCES alarm,
    version integer NOT NULL,
    action text NOT NULL,
    before text,
    state text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    reason text,
    alarm jsonb NOT NULL,
    UNIQUE (alarm_id, version)
);
COMMENT ON TABLE alarm_event IS 'Every change of every alarm. seq is drawn under an advisory lock held to the commit: who has read up to seq has missed nothing before it.';
COMMENT ON COLUMN alarm_event.alarm IS 'The whole alarm as of this seq, so that a replay sends what was true then.';
