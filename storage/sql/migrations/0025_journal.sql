-- What people say about alarms: notes, who takes care of it, what belongs together, papers. Rows are only ever added.

CREATE TABLE alarm_journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id uuid NOT NULL REFERENCES alarm,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    origin text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('note', 'assign', 'link', 'attach')),
    text text NOT NULL,
    assignee text,
    linked_id uuid REFERENCES alarm,
    sha256 text COLLATE "C",
    media_type text,
    size_bytes integer,
    command text UNIQUE,
    CHECK ((kind = 'link') = (linked_id IS NOT NULL)),
    CHECK ((kind = 'attach') = (sha256 IS NOT NULL))
);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm_id, id);
CREATE INDEX alarm_journal_at ON alarm_journal (at);
COMMENT ON COLUMN alarm_journal.origin IS 'From where it was said: the address of the client, behind a proxy the one the proxy names.';
COMMENT ON COLUMN alarm_journal.assignee IS 'Who takes care of it from now on; null where nobody does any more.';
COMMENT ON COLUMN alarm_journal.command IS 'Name its sender gave to the command: sent again, it is done once.';
