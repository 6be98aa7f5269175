/*
 * How the store is laid out: whose tables they are, migrations, partitions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "store/postgres/postgres.h"
#include "store/schema.h"

/* -- what is there -- */

struct identity {
	bool ours;   /* the tables are there, and ours */
	bool others; /* tables of our names, but not ours */
	int64_t version;
};

/* Abilities are looked for, not guessed from a version. */
static bool
read_identity(struct postgres_store *st, struct identity *id,
    struct md_error *e)
{
	PGresult *r = postgres_query(st, e,
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

	if (r == NULL)
		return false;
	id->ours = postgres_int(r, 0, 0) != 0;
	id->others = !id->ours && postgres_int(r, 0, 1) != 0;
	st->has_xact_status = postgres_int(r, 0, 2) != 0;
	st->has_snapshot = postgres_int(r, 0, 3) != 0;
	st->is_partitioned[PARTITIONED_BARS] = postgres_int(r, 0, 4) != 0;
	st->is_partitioned[PARTITIONED_FEATURES] = postgres_int(r, 0, 5) != 0;
	st->identity = postgres_int(r, 0, 6);
	st->has_jit = postgres_int(r, 0, 7) != 0;
	st->idles_for_ever = postgres_int(r, 0, 8) != 0;
	PQclear(r);
	return true;
}

static bool
version_of(struct postgres_store *st, int64_t *version, struct md_error *e)
{
	PGresult *r = postgres_query(st, e,
	    "SELECT max(version) FROM schema_migrations", SQL_NONE);

	if (r == NULL)
		return false;
	*version = postgres_int(r, 0, 0);
	PQclear(r);
	return true;
}

/* -- migrations -- */

static bool
apply(struct postgres_store *st, const struct schema_file *f,
    struct md_error *e)
{
	return postgres_script(st, f->text, e) &&
	       postgres_run(st, e, NULL,
		   "INSERT INTO schema_migrations (version, name, applied_at) "
		   "VALUES ($1, $2, now())",
		   SQL_VALUES(sql_int(strtoll(f->name, NULL, 10)),
		       sql_text(f->name)));
}

/* Two programs may open a new store: the lock lets one of them go first. */
static bool
migrate(struct store *base, void *ctx, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	int64_t have = 0;
	bool good = postgres_script(st,
			"SET LOCAL client_min_messages = warning; "
			"CREATE TABLE IF NOT EXISTS schema_migrations ("
			"version bigint PRIMARY KEY, name text NOT NULL, "
			"applied_at timestamptz NOT NULL); "
			"LOCK TABLE schema_migrations IN EXCLUSIVE MODE",
			e) &&
		    version_of(st, &have, e);

	(void)ctx;
	for (const struct schema_file *f = schema_files;
	     good && f->engine != NULL; f++)
		if (strcmp(f->engine, "postgres") == 0 &&
		    strtoll(f->name, NULL, 10) > have)
			good = apply(st, f, e);
	return good;
}

bool
postgres_check_schema(struct postgres_store *st, bool *there,
    struct md_error *e)
{
	struct identity id = { false, false, 0 };
	int64_t newest = schema_newest("postgres");

	*there = false;
	if (!read_identity(st, &id, e))
		return false;
	if (id.others)
		return store_fail(e, st->url,
		    "has tables of another program; name another "
		    "database with --db, or another schema with "
		    "?options=-csearch_path%%3DNAME");
	if (id.ours && !version_of(st, &id.version, e))
		return false;
	if (id.version > newest)
		return store_fail(e, st->url,
		    "made by a newer mdkit (schema %lld, this one "
		    "knows %lld); install that version or a newer one",
		    (long long)id.version, (long long)newest);
	*there = id.ours;
	if (id.version == newest || (st->readonly && !id.ours))
		return true;
	if (st->readonly)
		return store_fail(e, st->url,
		    "made by an older mdkit; run mdbackfill once to "
		    "bring it up to date");
	*there = true;
	return postgres_write(&st->base, migrate, NULL, e) &&
	       read_identity(st, &id, e);
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
 * writers of the others.
 */
static bool
make_partition(struct store *base, void *ctx, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	const struct partition *p = ctx;
	const char *table = tables[p->table];
	struct buf sql = BUF_INIT;
	PGresult *r;
	bool good;

	/* Does any partition begin or hold that year already? */
	r = postgres_query(st, e,
	    "SELECT 1 FROM pg_inherits i WHERE i.inhparent = $1::regclass "
	    "AND i.inhrelid = to_regclass($1 || '_y' || $2)",
	    SQL_VALUES(sql_text(table), sql_int(p->year)));
	if (r == NULL)
		return false;
	good = PQntuples(r) > 0;
	PQclear(r);
	if (good)
		return true;
	buf_printf(&sql,
	    "CREATE TABLE %s_y%d (LIKE %s INCLUDING ALL); "
	    "ALTER TABLE %s ATTACH PARTITION %s_y%d FOR VALUES FROM "
	    "('%d-01-01 00:00:00+00') TO ('%d-01-01 00:00:00+00')",
	    table, p->year, table, table, table, p->year, p->year, p->year + 1);
	good =
	    buf_ok(&sql) ? postgres_script(st, buf_str(&sql), e) : md_nomem(e);
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
		    !st->overlaps)
			return false;
		st->years[table][p.year - YEAR_FIRST] = true;
	}
	return true;
}
