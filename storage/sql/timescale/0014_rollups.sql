-- The finest rollup is as long as the readings of slow sensors: weeks of it are dropped at once.
SELECT create_hypertable(
    'rollup_1m', by_range('bucket', INTERVAL '7 days'), create_default_indexes => false, migrate_data => true
);
