-- Whether an alarm told the truth, as people see it; the newest verdict of each alarm holds, earlier ones are in the audit log.

CREATE TABLE alarm_verdict (
    alarm_id uuid PRIMARY KEY REFERENCES alarm,
    truth text NOT NULL CHECK (truth IN ('true', 'false', 'test')),
    actor text NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL
);
COMMENT ON COLUMN alarm_verdict.truth IS 'true: there was what it said; false: there was not; test: somebody tried it out.';
