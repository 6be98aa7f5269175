/*
 * How the store is laid out: whose tables they are, and partitions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "store/postgres/postgres.h"
#include "store/schema.h"

/* -- what is there -- */

/* Abilities are looked for, not guessed from a version. */
static bool
read_identity(struct postgres_store *st, bool *ours, bool *others,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, &st->base, e,
	    "SELECT to_regclass('scheduler_execution_log') IS NOT NULL "
	    "AND to_regclass('schema_migrations') IS NOT NULL, "
	    "to_regclass('series') IS NOT NULL "
	    "OR to_regclass('bars') IS NOT NULL "
	    "OR to_regclass('schema_migrations') IS NOT NULL, "
	    "to_regproc('pg_xact_status') IS NOT NULL "
	    "AND to_regproc('pg_current_xact_id_if_assigned') IS NOT NULL, "
	    "to_regproc('pg_current_snapshot') IS NOT NULL, "
	    "(SELECT relkind = 'p' FROM pg_class "
	    "WHERE oid = to_regclass('bars')), "
	    "(SELECT relkind = 'p' FROM pg_class "
	    "WHERE oid = to_regclass('quant_features')), "
	    "to_regclass('series')::oid::bigint, "
	    "current_setting('jit', true) IS NOT NULL, "
	    "coalesce(current_setting('idle_in_transaction_session_timeout', "
	    "true) = '0', false)",
	    SQL_NONE);

	if (sql_next(&r)) {
		*ours = sql_column_bool(&r, 0);
		*others = !*ours && sql_column_bool(&r, 1);
		st->has_xact_status = sql_column_bool(&r, 2);
		st->has_snapshot = sql_column_bool(&r, 3);
		st->is_partitioned[PARTITIONED_BARS] = sql_column_bool(&r, 4);
		st->is_partitioned[PARTITIONED_FEATURES] =
		    sql_column_bool(&r, 5);
		st->identity = sql_column_int(&r, 6);
		st->has_jit = sql_column_bool(&r, 7);
		st->idles_for_ever = sql_column_bool(&r, 8);
	}
	return sql_end(&r);
}

bool
postgres_check_schema(struct postgres_store *st, bool *there,
    struct md_error *e)
{
	struct schema_identity id = { NULL, 0 };
	bool others = false, old;

	*there = false;
	if (!read_identity(st, there, &others, e) ||
	    (*there && !schema_version(&st->base, &id.version, e)))
		return false;
	if (others)
		id.foreign = "has tables of another program; name another "
			     "database with --db, or another schema with "
			     "?options=-csearch_path%3DNAME";
	else if (!st->creates && !*there)
		return true;
	return schema_check(&st->base, &id, st->readonly, &old, e) &&
	       (!old || (schema_migrate(&st->base, e) &&
			    read_identity(st, there, &others, e)));
}

/* -- partitions -- */

static const char *const tables[] = {
	[PARTITIONED_BARS] = "bars",
	[PARTITIONED_FEATURES] = "quant_features",
};

struct partition {
	enum partitioned table;
	int year;
};

/*
 * Made beside the table and then attached, which keeps out neither readers nor
 * writers of the others.  A series' bars come behind those that it has: the
 * leaves of the key need no room for later ones.  Indexes of the user's are
 * made when it is attached.
 */
static bool
make_partition(struct store *base, void *ctx, struct md_error *e)
{
	const struct partition *p = ctx;
	const char *table = tables[p->table];
	struct buf sql = BUF_INIT;
	int64_t there = 0;
	bool good;

	/* Does any partition begin or hold that year already? */
	if (!sql_first_int(base, e, &there,
		"SELECT 1 FROM pg_inherits i WHERE i.inhparent = $1::regclass "
		"AND i.inhrelid = to_regclass($1 || '_y' || $2)",
		SQL_VALUES(sql_text(table), sql_int(p->year))))
		return false;
	if (there != 0)
		return true;
	buf_printf(&sql,
	    "CREATE TABLE %s_y%d (LIKE %s INCLUDING ALL EXCLUDING INDEXES, "
	    "PRIMARY KEY (series_id, ts) WITH (fillfactor = 100)); "
	    "ALTER TABLE %s ATTACH PARTITION %s_y%d FOR VALUES FROM "
	    "('%d-01-01 00:00:00+00') TO ('%d-01-01 00:00:00+00')",
	    table, p->year, table, table, table, p->year, p->year, p->year + 1);
	good = buf_ok(&sql) ? postgres_script(base, buf_str(&sql), e)
			    : md_nomem(e);
	buf_free(&sql);
	return good;
}

static int
year_of(int64_t ms)
{
	int year, month, day;

	md_date_split((md_date)floor_div(ms, MD_DAY), &year, &month, &day);
	return year;
}

bool
postgres_partitions(struct postgres_store *st, enum partitioned table,
    int64_t first, int64_t last, struct md_error *e)
{
	struct partition p = { table, year_of(first) };
	int end = year_of(last);

	if (!st->is_partitioned[table])
		return true;
	for (; p.year <= end; p.year++) {
		if (p.year < YEAR_FIRST || p.year >= YEAR_FIRST + YEARS)
			return store_fail(e, st->url, "a bar of the year %d",
			    p.year);
		if (st->years[table][p.year - YEAR_FIRST])
			continue;
		/* The user's own partitions may be of other lengths. */
		if (!postgres_write(&st->base, make_partition, &p, e) &&
		    !st->last.overlaps)
			return false;
		st->years[table][p.year - YEAR_FIRST] = true;
	}
	return true;
}
