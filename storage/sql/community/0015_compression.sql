-- Compressed by series, since every question names one; the policy that does it is set by the upkeep, from the site file.
ALTER TABLE reading SET (
    timescaledb.compress, timescaledb.compress_segmentby = 'series_id', timescaledb.compress_orderby = 'ts'
);
