-- The store's tables as SQLite would show them, in a schema of the tests' own:
-- times as ms or ISO text, truths as 0 and 1, writable.  So one query of a
-- test reads and writes either engine.

CREATE SCHEMA as_sqlite;
SET search_path = as_sqlite, public;

CREATE FUNCTION ms(timestamptz) RETURNS bigint IMMUTABLE LANGUAGE sql AS
    $$ SELECT (extract(epoch FROM $1) * 1000)::bigint $$;
CREATE FUNCTION of_ms(bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
    $$ SELECT timestamptz 'epoch' + $1 * interval '1 ms' $$;
CREATE FUNCTION iso(timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT to_char($1 AT TIME ZONE 'UTC', CASE
	WHEN date_trunc('second', $1) = $1 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
	ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END) $$;
CREATE FUNCTION of_iso(text) RETURNS timestamptz STABLE LANGUAGE sql AS
    $$ SELECT CASE WHEN $1 IN ('', '0') THEN NULL ELSE $1::timestamptz END $$;

-- The functions of SQLite that tests call.
CREATE FUNCTION ifnull(anyelement, anyelement) RETURNS anyelement
    LANGUAGE sql AS $$ SELECT coalesce($1, $2) $$;
CREATE FUNCTION julianday(text) RETURNS numeric LANGUAGE sql AS
    $$ SELECT extract(epoch FROM $1::timestamptz)::numeric / 86400 + 2440587.5 $$;
CREATE FUNCTION strftime(text, text) RETURNS bigint LANGUAGE sql AS
    $$ SELECT extract(epoch FROM $2::timestamptz)::bigint
       WHERE $1 = '%s' $$;

CREATE FUNCTION typeof(float8) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE WHEN $1 IS NULL THEN 'null' ELSE 'real' END $$;
CREATE FUNCTION printf(text, float8) RETURNS text LANGUAGE sql AS
    $$ SELECT to_char($2, 'FM999999999990.' ||
	repeat('0', substring($1 FROM '[.]([0-9])f')::int)) $$;

-- What a column is shown as, and read back from.
CREATE FUNCTION shown(rel text, col text, type text) RETURNS text
LANGUAGE sql AS $$ SELECT CASE
    WHEN type = 'boolean' THEN format('%I::int', col)
    WHEN type = 'date' THEN format('%I::text', col)
    WHEN type <> 'timestamp with time zone' THEN format('%I', col)
    WHEN rel IN ('scheduler_execution_log', 'symbol_computation_status',
	'feature_freshness', 'feature_computation_failures',
	'backfill_requests', 'schema_migrations')
    THEN format('as_sqlite.iso(%I)', col)
    ELSE format('as_sqlite.ms(%I)', col) END $$;
CREATE FUNCTION stored(rel text, col text, type text) RETURNS text
LANGUAGE sql AS $$ SELECT CASE
    WHEN type = 'boolean' THEN format('(coalesce(NEW.%I, %s) <> 0)', col,
	CASE col WHEN 'active' THEN 1 ELSE 0 END)
    WHEN type = 'date' THEN format('NEW.%I::date', col)
    WHEN type <> 'timestamp with time zone' THEN format('NEW.%I', col)
    WHEN as_sqlite.shown(rel, col, type) LIKE '%.iso(%'
    THEN format('as_sqlite.of_iso(NEW.%I)', col)
    ELSE format('as_sqlite.of_ms(NEW.%I)', col) END $$;

DO $$
DECLARE
	t record;
	fallback text;
BEGIN
FOR t IN
	SELECT c.oid, c.relname AS rel, c.relkind AS kind,
	    string_agg(format('%s AS %I',
		as_sqlite.shown(c.relname, a.attname, f), a.attname),
		', ' ORDER BY a.attnum) AS columns,
	    string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum)
		AS names,
	    string_agg(CASE WHEN d.def IS NULL
		THEN as_sqlite.stored(c.relname, a.attname, f)
		ELSE format('coalesce(%s, %s)',
		    as_sqlite.stored(c.relname, a.attname, f), d.def) END,
		', ' ORDER BY a.attnum) AS values,
	    string_agg(format('%I = %s', a.attname,
		as_sqlite.stored(c.relname, a.attname, f)),
		', ' ORDER BY a.attnum) AS sets,
	    string_agg(format('b.%I IS NOT DISTINCT FROM %s', a.attname,
		replace(as_sqlite.stored(c.relname, a.attname, f),
		    'NEW.', 'OLD.')), ' AND ' ORDER BY a.attnum) AS same,
	    string_agg(format('b.%I = %s', a.attname,
		replace(as_sqlite.stored(c.relname, a.attname, f),
		    'NEW.', 'OLD.')), ' AND ' ORDER BY a.attnum)
		FILTER (WHERE a.attnum = ANY (k.conkey)) AS key,
	    string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum)
		FILTER (WHERE a.attnum = ANY (k.conkey)) AS keys
	FROM pg_class c
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	    AND NOT a.attisdropped
	CROSS JOIN LATERAL format_type(a.atttypid, NULL) f
	LEFT JOIN LATERAL (SELECT pg_get_expr(adbin, adrelid) AS def
	    FROM pg_attrdef WHERE adrelid = c.oid AND adnum = a.attnum) d
	    ON true
	LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
	WHERE c.relnamespace = 'public'::regnamespace
	AND (c.relkind IN ('r', 'p') AND NOT c.relispartition
	    OR c.relname = 'market_features')
	GROUP BY c.oid, c.relname, c.relkind
LOOP
	EXECUTE format('CREATE VIEW as_sqlite.%I AS SELECT %s FROM public.%I',
	    t.rel, t.columns, t.rel);
	CONTINUE WHEN t.kind = 'v';
	-- A made-up id, where SQLite makes one.
	fallback := CASE t.rel WHEN 'series'
	    THEN 'NEW.series_id := coalesce(NEW.series_id,
		1 + coalesce((SELECT max(series_id) FROM public.series), 0));'
	    ELSE '' END;
	EXECUTE format($f$
	    CREATE FUNCTION as_sqlite.%I() RETURNS trigger LANGUAGE plpgsql
	    AS $w$ BEGIN
		IF TG_OP = 'DELETE' THEN
			DELETE FROM public.%I b WHERE %s;
			RETURN OLD;
		ELSIF TG_OP = 'UPDATE' THEN
			UPDATE public.%I b SET %s WHERE %s;
			RETURN NEW;
		END IF;
		%s
		INSERT INTO public.%I (%s) VALUES (%s) %s;
		RETURN NEW;
	    END $w$ $f$,
	    'write_' || t.rel, t.rel, coalesce(t.key, t.same),
	    t.rel, t.sets, coalesce(t.key, t.same),
	    fallback, t.rel, t.names, t.values,
	    CASE WHEN t.rel = 'symbols' THEN 'ON CONFLICT DO NOTHING'
	    WHEN t.rel = 'adjustments' THEN 'ON CONFLICT (symbol, from_ts)
		DO UPDATE SET to_ts = excluded.to_ts,
		factor = excluded.factor' ELSE '' END);
	EXECUTE format('CREATE TRIGGER w INSTEAD OF INSERT OR UPDATE OR DELETE
	    ON as_sqlite.%I FOR EACH ROW EXECUTE FUNCTION as_sqlite.%I()',
	    t.rel, 'write_' || t.rel);
END LOOP;
END $$;
