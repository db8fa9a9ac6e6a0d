-- Who spoke, how far Pantau has listened, and what could not be accepted.

-- Rewritten with every batch: room on the page keeps the new row version beside the old one (HOT updates).
CREATE TABLE source_life (
    source_id text COLLATE "C" PRIMARY KEY,
    last_at timestamptz,
    online boolean,
    boot text,
    status_at timestamptz
) WITH (fillfactor = 50);
COMMENT ON COLUMN source_life.last_at IS 'Last sign of life by Pantau''s clock; null when never heard.';
COMMENT ON COLUMN source_life.online IS 'The source''s own last word, or its will.';

CREATE TABLE canary (
    sender text COLLATE "C" PRIMARY KEY,
    sent_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    listening_since timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE canary IS 'Last committed message of Pantau to itself: everything up to sent_at has been heard.';
COMMENT ON COLUMN canary.listening_since IS 'Start of the uninterrupted run of canaries that ends at sent_at.';

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    source_id text COLLATE "C",
    topic text NOT NULL,
    payload bytea NOT NULL,
    size_bytes integer NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    received_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_source ON quarantine (source_id, id);
COMMENT ON TABLE quarantine IS 'Messages that could not be accepted: the newest of each source.';
COMMENT ON COLUMN quarantine.digest IS 'SHA-256 over receive time, topic, reason and payload: committing a batch again keeps one row.';
COMMENT ON COLUMN quarantine.payload IS 'As received; bytea because jsonb refuses \u0000. Cut at 64 KB.';
COMMENT ON COLUMN quarantine.size_bytes IS 'Length before it was cut.';
