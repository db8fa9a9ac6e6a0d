-- What makes a value of a raw one, since when, and what has yet to be computed again.

CREATE TABLE calibration (
    source_id text COLLATE "C" NOT NULL,
    metric text COLLATE "C" NOT NULL,
    valid_from timestamptz NOT NULL,
    curve jsonb NOT NULL,
    note text,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, metric, valid_from)
);
COMMENT ON TABLE calibration IS 'Each holds for readings from valid_from until the next one of its series; before the first the raw value holds.';
COMMENT ON COLUMN calibration.curve IS '{"gain": 1.02, "offset": -0.4}, or {"points": [[raw, value], ...]}: straight lines through them and beyond.';

CREATE TABLE recalculation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id text COLLATE "C" NOT NULL,
    metric text COLLATE "C" NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz,
    done_until timestamptz,
    readings bigint NOT NULL DEFAULT 0,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    finished_at timestamptz,
    settled_at timestamptz
);
COMMENT ON TABLE recalculation IS 'Values to be computed again after a calibration was changed, in steps: a job that was broken off goes on at done_until.';
COMMENT ON COLUMN recalculation.settled_at IS 'When the ingest process had taken over the change, and what it had stored the old way meanwhile was computed again.';
