-- How far each web hook has followed the alarm stream.

CREATE TABLE alarm_feed (
    id text COLLATE "C" PRIMARY KEY,
    seq bigint NOT NULL,
    moved_at timestamptz NOT NULL
);
COMMENT ON COLUMN alarm_feed.seq IS 'Everything up to here has been accepted by the receiver.';
