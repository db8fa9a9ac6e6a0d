-- Which of a device's numbered messages have been taken in, for the receipts it gets.

CREATE TABLE receipt (
    source_id text COLLATE "C" NOT NULL,
    boot text COLLATE "C" NOT NULL,
    upto bigint NOT NULL,
    ahead bigint[] NOT NULL DEFAULT '{}',
    lost bigint NOT NULL DEFAULT 0,
    reused boolean NOT NULL DEFAULT false,
    begun_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, boot)
) WITH (fillfactor = 50);
COMMENT ON TABLE receipt IS 'Account of each run of each device: the newest runs only.';
COMMENT ON COLUMN receipt.upto IS 'Every number of the run up to this one was kept, quarantined, or given up by the device.';
COMMENT ON COLUMN receipt.ahead IS 'What came beyond the first gap: first and last number of each span, in order.';
COMMENT ON COLUMN receipt.lost IS 'Numbers the device gave up without their having come.';
COMMENT ON COLUMN receipt.reused IS 'The same number came with different contents: the device lost its counter within the run, and gets no receipts for it.';
