-- Converts the bars and features of a store to hypertables of TimescaleDB (2.13
-- or newer), which then creates their chunks, and compresses and drops them
-- according to its policies:
--
--     mdbackfill --db "$pg" -t 1d --days 7 SPY       # makes the tables
--     psql -d "$pg" -c 'CREATE EXTENSION IF NOT EXISTS timescaledb'
--     psql -q -1 -v ON_ERROR_STOP=1 -d "$pg" -f timescaledb.sql
--
-- All rows are kept.  They are copied, so they take twice the space until the
-- script ends.  Let no run write in the meantime.  With -1 the script succeeds
-- completely or changes nothing; the only way back is a new store.  Views of
-- the two tables, including your own, then read the new ones.  Grant privileges
-- and create row policies on the tables again; drop materialized views of them
-- first.

DO $$
DECLARE
	tables constant text[] := ARRAY['bars', 'quant_features'];
	t text;
	v record;
BEGIN
	-- A view stays bound to its original table, even if that is renamed.
	CREATE TEMPORARY TABLE md_views ON COMMIT DROP AS
	    SELECT DISTINCT r.ev_class::regclass AS name,
	    coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')',
	    '') AS options, pg_get_viewdef(r.ev_class) AS definition
	    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
	    JOIN pg_class c ON c.oid = r.ev_class
	    WHERE d.classid = 'pg_rewrite'::regclass
	    AND d.refclassid = 'pg_class'::regclass
	    AND d.refobjid = ANY (tables::regclass[]::oid[])
	    AND r.ev_class <> d.refobjid;

	FOREACH t IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE %I RENAME TO %I', t, t || '_old');
		EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', t,
		    t || '_old');
		PERFORM create_hypertable(t::regclass,
		    by_range('ts', interval '1 year'),
		    create_default_indexes => false);
		EXECUTE format('INSERT INTO %I SELECT * FROM %I', t,
		    t || '_old');
	END LOOP;

	FOR v IN SELECT name, options, definition FROM md_views LOOP
		EXECUTE format('CREATE OR REPLACE VIEW %s%s AS %s', v.name,
		    v.options, v.definition);
	END LOOP;

	FOREACH t IN ARRAY tables LOOP
		EXECUTE format('DROP TABLE %I', t || '_old');
		EXECUTE format('ANALYZE %I', t);
	END LOOP;
END $$;
