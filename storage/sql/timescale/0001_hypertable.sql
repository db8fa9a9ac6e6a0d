-- Chunks of one day. The primary key serves every query, so no index on time alone.
SELECT create_hypertable(
    'reading', by_range('ts', INTERVAL '1 day'), create_default_indexes => false, migrate_data => true
);
