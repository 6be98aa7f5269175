#include "store/postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

void
postgres_close(struct store *base)
{
	struct postgres_store *st = (struct postgres_store *)base;

	PQfinish(st->db);
	merge_free(&st->base.merge);
	free(st->url);
	free(st);
}

/*
 * The URI is named in messages and seen in lists of processes: one that holds
 * a password is refused, wherever it comes from.
 */
static bool
check_uri(const char *uri, struct md_error *e)
{
	PQconninfoOption *options;
	bool secret = false;

	if (!libpq_load(e))
		return false;
	options = PQconninfoParse(uri, NULL);
	/* Why is not told: libpq's words may quote a password. */
	if (options == NULL)
		return md_fail(e, MD_EUSAGE,
		    "--db: not what libpq understands: expected "
		    "postgresql://[USER@]HOST[:PORT]/DATABASE[?KEY=VALUE] "
		    "or host=HOST dbname=DATABASE [KEY=VALUE]");
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL && o->val[0] != '\0' &&
		    (strcmp(o->keyword, "password") == 0 ||
			strcmp(o->keyword, "sslpassword") == 0))
			secret = true;
	PQconninfoFree(options);
	if (secret)
		return md_fail(e, MD_EUSAGE,
		    "--db: expected no password in it, which others "
		    "could see: put it into ~/.pgpass, PGPASSWORD or a "
		    "service file");
	return true;
}

bool
store_postgres_open(const char *uri, bool readonly, bool create,
    struct store **out, struct md_error *e)
{
	struct postgres_store *st;
	bool there = false;

	*out = NULL;
	if (!check_uri(uri, e))
		return false;
	st = calloc(1, sizeof(*st));
	if (st == NULL || (st->url = strdup(uri)) == NULL) {
		free(st);
		return md_nomem(e);
	}
	st->base.sql = &postgres_driver;
	st->base.name = st->url;
	st->base.waiting = store_waits();
	atomic_store(&st->base.patience_ms, st->base.waiting.ms > PATIENCE_MS
						? st->base.waiting.ms
						: PATIENCE_MS);
	st->readonly = readonly;
	st->creates = create;
	if (!postgres_connect_first(st, e) ||
	    !postgres_check_schema(st, &there, e)) {
		postgres_close(&st->base);
		return false;
	}
	if (there) {
		*out = &st->base;
		return true;
	}
	if (st->base.standby)
		(void)store_fail(e, st->url,
		    "the standby has no store yet: run mdbackfill on the "
		    "primary, or wait until the standby has caught up");
	there = !st->base.standby;
	postgres_close(&st->base);
	return there;
}
