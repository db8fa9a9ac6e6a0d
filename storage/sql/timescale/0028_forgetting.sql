-- Only a table's owner may drop chunks. The upkeep forgets old data with a login that owns nothing, and only in these tables.
CREATE FUNCTION forget_chunks(relation text, edge timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    dropped bigint;
BEGIN
    IF relation NOT IN ('reading', 'rollup_1m', 'continuous_1m', 'continuous_1h', 'continuous_1d') THEN
        RAISE EXCEPTION '% is not forgotten by chunks', relation;
    END IF;
    SELECT count(*) INTO dropped FROM public.drop_chunks(format('public.%I', relation)::regclass, older_than => edge);
    RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION forget_chunks FROM PUBLIC;
COMMENT ON FUNCTION forget_chunks IS 'Drops the chunks of a table or continuous aggregate that end before an edge; returns how many.';
