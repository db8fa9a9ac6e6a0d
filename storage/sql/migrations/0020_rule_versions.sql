-- Rules that change while the city runs: their versions, when ingest took them up, and what shadow rules would have raised.

ALTER TABLE rule_state ADD COLUMN kept text NOT NULL DEFAULT '';
COMMENT ON COLUMN rule_state.kept IS 'What a kind of rule remembers besides (windows, members, readings held back), as JSON in its own words.';

ALTER TABLE alarm ADD COLUMN rule_version integer;
COMMENT ON COLUMN alarm.rule_version IS 'Version of the rule that last judged it; null for alarms of earlier releases.';

CREATE TABLE rule_version (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    definition jsonb,
    origin text NOT NULL CHECK (origin IN ('file', 'person')),
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    UNIQUE (rule_id, version)
);
COMMENT ON TABLE rule_version IS 'Every version of every rule; the newest of each is in force. Rows are only added, under a lock of the table, so numbers become visible in their order.';
COMMENT ON COLUMN rule_version.definition IS 'The rule as in the site file; null: from here on it is not judged.';
COMMENT ON COLUMN rule_version.origin IS 'Whether it was read from the site file or activated by a person.';

CREATE TABLE rule_adoption (
    arrival bigint PRIMARY KEY,
    number bigint NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON TABLE rule_adoption IS 'From which place in the order of arrival on readings were judged by the versions up to number.';

CREATE TABLE shadow_alarm (
    id uuid PRIMARY KEY,
    rule_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    zone text COLLATE "C" NOT NULL,
    active boolean NOT NULL,
    met_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    cleared_at timestamptz,
    alarm jsonb NOT NULL
);
COMMENT ON TABLE shadow_alarm IS 'What rules on trial would have raised. Nobody is told of it, and no list of alarms holds it.';
CREATE UNIQUE INDEX shadow_alarm_active ON shadow_alarm (rule_id, source_id, zone) WHERE active;
CREATE INDEX shadow_alarm_raised ON shadow_alarm (rule_id, raised_at);
