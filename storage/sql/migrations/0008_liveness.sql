-- Who is there: the state of each source, every change of it, and when Pantau itself was listening.

CREATE TABLE liveness (
    source_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('online', 'late', 'gone', 'unwatched')),
    since timestamptz NOT NULL,
    heard_at timestamptz,
    steady_since timestamptz,
    near_since timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE liveness IS 'State of each source that was ever heard, judged with each canary; written only while something changes.';
COMMENT ON COLUMN liveness.heard_at IS 'Latest sign of life taken into account while the source is not online.';
COMMENT ON COLUMN liveness.steady_since IS 'Start of the run of signs without a pause that would be late; null before the first.';
COMMENT ON COLUMN liveness.near_since IS 'Start of the run of signs without a pause that would be gone; null before the first.';

CREATE TABLE liveness_change (
    source_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('online', 'late', 'gone', 'unwatched')),
    PRIMARY KEY (source_id, at)
);
COMMENT ON TABLE liveness_change IS 'From this instant the source was in this state. The instant is that of the cause, not of the judgement.';

CREATE TABLE listening (
    sender text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (sender, since)
) WITH (fillfactor = 50);
COMMENT ON TABLE listening IS 'Uninterrupted runs of canaries: outside them Pantau was deaf, and nothing is held against anybody.';
