-- When people work on cameras, sensors or whole sites: their alarms are suppressed by design meanwhile.

CREATE TABLE maintenance (
    id uuid PRIMARY KEY,
    sources text[] COLLATE "C" NOT NULL,
    sites text[] COLLATE "C" NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    made_at timestamptz NOT NULL,
    CHECK (ends_at > starts_at),
    CHECK (cardinality(sources) + cardinality(sites) > 0)
);
CREATE INDEX maintenance_end ON maintenance (ends_at);
COMMENT ON COLUMN maintenance.ends_at IS 'Ended early, it is the moment somebody ended it.';
