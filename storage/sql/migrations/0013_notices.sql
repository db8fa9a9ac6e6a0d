-- Messages to people about alarms, laid down in the transaction of the alarm.

CREATE TABLE notice (
    id uuid PRIMARY KEY,
    alarm_id uuid NOT NULL REFERENCES alarm,
    raised_at timestamptz NOT NULL,
    step smallint NOT NULL,
    channel text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dropped', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    settled_at timestamptz,
    detail text
);
CREATE INDEX notice_due ON notice (next_at) WHERE state = 'waiting';
CREATE INDEX notice_alarm ON notice (alarm_id);
COMMENT ON TABLE notice IS 'Whom to tell of which alarm, and what became of it. Sent at least once, under the same id.';
COMMENT ON COLUMN notice.next_at IS 'When it is tried next; moved ahead while it is being sent, so that a sender that dies loses nothing.';
COMMENT ON COLUMN notice.detail IS 'Why it was dropped, put off or failed.';
