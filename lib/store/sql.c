#include "store/sql.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- parameters -- */

struct sql_value
sql_int(int64_t n)
{
	return (struct sql_value){ .type = SQL_INT, .n = n };
}

struct sql_value
sql_int_or_null(int64_t n)
{
	return (struct sql_value){ .type = SQL_INT, .null = n < 0, .n = n };
}

struct sql_value
sql_real(double d)
{
	return (struct sql_value){ .type = SQL_REAL, .null = isnan(d), .d = d };
}

struct sql_value
sql_bool(bool b)
{
	return (struct sql_value){ .type = SQL_BOOL, .n = b };
}

struct sql_value
sql_text(const char *text)
{
	return (struct sql_value){ .type = SQL_TEXT,
		.null = text == NULL,
		.text = text };
}

struct sql_value
sql_text_or_null(const char *text)
{
	return sql_text(text == NULL || *text == '\0' ? NULL : text);
}

struct sql_value
sql_time(int64_t ms)
{
	return (struct sql_value){ .type = SQL_TIME, .n = ms };
}

struct sql_value
sql_time_or_null(int64_t ms)
{
	return (struct sql_value){ .type = SQL_TIME, .null = ms == 0, .n = ms };
}

struct sql_value
sql_stamp(int64_t ms)
{
	return (struct sql_value){ .type = SQL_STAMP,
		.null = ms == 0,
		.n = ms };
}

struct sql_value
sql_date(md_date date)
{
	return (struct sql_value){ .type = SQL_DATE, .n = date };
}

struct sql_value
sql_date_or_null(bool has, md_date date)
{
	return (struct sql_value){ .type = SQL_DATE, .null = !has, .n = date };
}

const char *
sql_for(const struct store *st, const char *sqlite, const char *postgres)
{
	return st->sql->is_postgres ? postgres : sqlite;
}

/* -- statements -- */

bool
sql_run(struct store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	return st->sql->run(st, e, NULL, sql, v, n);
}

bool
sql_run_counted(struct store *st, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	return st->sql->run(st, e, changed, sql, v, n);
}

bool
sql_write(struct store *st, sql_work *work, void *ctx, struct md_error *e)
{
	return st->sql->write(st, work, ctx, e);
}

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

bool
sql_ask(struct store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	return st->sql->ask(st, e, sql, v, n);
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

bool
sql_is_null(const struct sql_rows *r, int column)
{
	return r->st->sql->is_null(r, column);
}

int64_t
sql_column_int(const struct sql_rows *r, int column)
{
	return r->st->sql->column_int(r, column);
}

double
sql_column_real(const struct sql_rows *r, int column)
{
	return r->st->sql->column_real(r, column);
}

bool
sql_column_bool(const struct sql_rows *r, int column)
{
	return r->st->sql->column_int(r, column) != 0;
}

int64_t
sql_column_time(const struct sql_rows *r, int column)
{
	return r->st->sql->column_time(r, column);
}

int64_t
sql_column_stamp(const struct sql_rows *r, int column)
{
	return r->st->sql->column_stamp(r, column);
}

const char *
sql_column_text(const struct sql_rows *r, int column)
{
	return r->st->sql->column_text(r, column);
}

void
sql_copy_text(char *to, size_t size, const struct sql_rows *r, int column)
{
	(void)snprintf(to, size, "%s", sql_column_text(r, column));
}

bool
sql_column_date(const struct sql_rows *r, int column, md_date *out)
{
	return r->st->sql->column_date(r, column, out);
}

bool
sql_column_timeframe(const struct sql_rows *r, int column, enum timeframe *out)
{
	const char *s = sql_column_text(r, column);

	return timeframe_parse(s, strlen(s), out);
}

struct bar
sql_column_bar(const struct sql_rows *r, int first)
{
	return r->st->sql->column_bar(r, first);
}
