CREATE TEMPORARY TABLE IF NOT EXISTS staged_reading (
    series_id integer,
    ts timestamptz,
    received_at timestamptz,
    arrival bigint,
    raw double precision,
    value double precision,
    quality smallint
) ON COMMIT DELETE ROWS
