#include "store/sql.h"

#include <stdio.h>
#include <string.h>

/* -- statements -- */

/* The room may have been taken away since it was made: once more, then. */
bool
sql_write_rows(struct store *st, bool features, int64_t first, int64_t last,
    sql_work *work, void *ctx, struct md_error *e)
{
	const struct sql_driver *d = st->sql;

	if (d->make_room == NULL || first > last)
		return sql_write(st, work, ctx, e);
	for (int tries = 0; tries < 2; tries++) {
		if (!d->make_room(st, features, first, last, e))
			return false;
		if (sql_write(st, work, ctx, e))
			return true;
		if (!d->lacks_room(st))
			return false;
	}
	return false;
}

struct change {
	const char *sql;
	const struct sql_value *v;
	size_t n;
	int64_t *changed;
};

static bool
change(struct store *st, void *ctx, struct md_error *e)
{
	const struct change *c = ctx;

	return st->sql->run(st, e, c->changed, c->sql, c->v, c->n);
}

bool
sql_change(struct store *st, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	struct change c = { sql, v, n, changed };

	return sql_write(st, change, &c, e);
}

/* -- rows -- */

static void
begin_rows(struct sql_rows *r, struct store *st, struct md_error *e)
{
	*r = (struct sql_rows){ .st = st, .e = e, .row = -1, .good = true };
}

void
sql_select(struct sql_rows *r, struct store *st, struct md_error *e,
    const char *sql, const struct sql_value *v, size_t n)
{
	begin_rows(r, st, e);
	st->sql->select(r, sql, v, n);
}

void
sql_answer(struct sql_rows *r, struct store *st, struct md_error *e)
{
	begin_rows(r, st, e);
	st->sql->answer(r);
}

bool
sql_next(struct sql_rows *r)
{
	return r->good && r->handle != NULL && r->st->sql->next(r);
}

bool
sql_end(struct sql_rows *r)
{
	if (r->handle != NULL)
		r->st->sql->end(r);
	r->handle = NULL;
	return r->good;
}

bool
sql_nomem(struct sql_rows *r)
{
	r->good = false;
	(void)sql_end(r);
	return md_nomem(r->e);
}

bool
sql_broken(struct sql_rows *r, const char *what)
{
	r->good = false;
	(void)sql_end(r);
	return store_fail(r->e, r->st->name, "%s of an unknown kind", what);
}

bool
sql_first_int(struct store *st, struct md_error *e, int64_t *out,
    const char *sql, const struct sql_value *v, size_t n)
{
	struct sql_rows r;

	sql_select(&r, st, e, sql, v, n);
	if (sql_next(&r))
		*out = sql_column_int(&r, 0);
	return sql_end(&r);
}

/* -- columns -- */

void
sql_copy_text(char *to, size_t size, const struct sql_rows *r, int column)
{
	(void)snprintf(to, size, "%s", sql_column_text(r, column));
	md_printable(to);
}

bool
sql_column_timeframe(const struct sql_rows *r, int column, enum timeframe *out)
{
	const char *s = sql_column_text(r, column);

	return timeframe_parse(s, strlen(s), out);
}
