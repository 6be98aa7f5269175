#include "store/schema.h"

#include <stdlib.h>
#include <string.h>

static int64_t
number_of(const struct schema_file *f)
{
	return strtoll(f->name, NULL, 10);
}

static bool
is_for(const struct schema_file *f, const struct store *st)
{
	return strcmp(f->engine, sql_for(st, "sqlite", "postgres")) == 0;
}

bool
schema_check(struct store *st, const struct schema_identity *id, bool readonly,
    bool *old, struct md_error *e)
{
	int64_t newest = 0;

	for (const struct schema_file *f = schema_files; f->engine != NULL; f++)
		if (is_for(f, st))
			newest = number_of(f);
	*old = id->version < newest;
	if (id->foreign != NULL)
		return store_fail(e, st->name, "%s", id->foreign);
	if (id->version > newest)
		return store_fail(e, st->name,
		    "made by a newer mdkit (schema %lld, this one "
		    "knows %lld); install that version or a newer one",
		    (long long)id->version, (long long)newest);
	if (*old && st->standby)
		return store_fail(e, st->name,
		    "the standby's schema is of an older mdkit (%lld, this one "
		    "knows %lld): run mdbackfill once on the primary, or wait "
		    "until the standby has caught up",
		    (long long)id->version, (long long)newest);
	return !(*old && readonly) ||
	       store_fail(e, st->name,
		   "made by an older mdkit; run mdbackfill once to "
		   "bring it up to date");
}

bool
schema_version(struct store *st, int64_t *version, struct md_error *e)
{
	return sql_first_int(st, e, version,
	    "SELECT max(version) FROM schema_migrations", SQL_NONE);
}

#define APPLIED(now)                                                           \
	"INSERT INTO schema_migrations (version, name, applied_at) "           \
	"VALUES ($1, $2, " now ")"

static bool
apply(struct store *st, const struct schema_file *f, struct md_error *e)
{
	return st->sql->script(st, f->text, e) &&
	       sql_run(st, e,
		   sql_for(st, APPLIED("strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"),
		       APPLIED("now()")),
		   SQL_VALUES(sql_int(number_of(f)), sql_text(f->name)));
}

/* Two programs may open a new store: a lock lets one of them go first. */
static bool
migrate(struct store *st, void *ctx, struct md_error *e)
{
	int64_t have = 0;
	bool good = st->sql->script(st,
			sql_for(st,
			    "PRAGMA application_id = 1835297652; "
			    "CREATE TABLE IF NOT EXISTS schema_migrations ("
			    "version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
			    "applied_at TEXT NOT NULL);",
			    "SET LOCAL client_min_messages = warning; "
			    "CREATE TABLE IF NOT EXISTS schema_migrations ("
			    "version bigint PRIMARY KEY, name text NOT NULL, "
			    "applied_at timestamptz NOT NULL); "
			    "LOCK TABLE schema_migrations IN EXCLUSIVE MODE"),
			e) &&
		    schema_version(st, &have, e);

	(void)ctx;
	for (const struct schema_file *f = schema_files;
	     good && f->engine != NULL; f++)
		if (is_for(f, st) && number_of(f) > have)
			good = apply(st, f, e);
	return good;
}

bool
schema_migrate(struct store *st, struct md_error *e)
{
	return sql_write(st, migrate, NULL, e);
}
