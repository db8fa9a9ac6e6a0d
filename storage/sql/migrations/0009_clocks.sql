-- How far devices' clocks are off, and what they sent where it was no time at all.

CREATE TABLE device_clock (
    source_id text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    offset_s double precision NOT NULL,
    spread_s double precision NOT NULL,
    samples integer NOT NULL,
    PRIMARY KEY (source_id, since)
);
COMMENT ON TABLE device_clock IS 'Estimates of clock offsets: a new row when the offset moved; each holds for what is received from since on.';
COMMENT ON COLUMN device_clock.offset_s IS 'Median of receive time minus device time of live messages: to be added to the device''s time. Includes the way here.';
COMMENT ON COLUMN device_clock.spread_s IS 'Scaled median absolute deviation of the same.';

CREATE TABLE sent_time (
    source_id text COLLATE "C" NOT NULL,
    ts timestamptz NOT NULL,
    sent text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, ts)
);
COMMENT ON TABLE sent_time IS 'What a device whose clock was never set sent as time of the readings that are stored under ts.';

-- The offset is applied on reading, so that a better estimate needs no row rewritten. Below two seconds it says more about
-- the network than about the clock.
CREATE VIEW reading_corrected AS
SELECT
    reading.series_id, reading.ts, reading.received_at, reading.raw, reading.value, reading.quality,
    CASE
        WHEN reading.ts <> reading.received_at AND abs(clock.offset_s) > 2
        THEN reading.ts + make_interval(secs => clock.offset_s)
        ELSE reading.ts
    END AS corrected_at
FROM reading
JOIN series ON series.id = reading.series_id
LEFT JOIN LATERAL (
    SELECT device_clock.offset_s
    FROM device_clock
    WHERE device_clock.source_id = series.source_id AND device_clock.since <= reading.received_at
    ORDER BY device_clock.since DESC
    LIMIT 1
) AS clock ON true;
COMMENT ON VIEW reading_corrected IS 'Readings with the device''s time, the receive time, and the device''s time corrected by its clock''s offset.';
