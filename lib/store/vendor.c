/* What is known of the APIs that bars came from. */
#include <stdio.h>
#include <string.h>

#include "store/internal.h"
#include "store/vendor.h"

bool
store_endpoint_absent(struct store *st, const char *base_url,
    const char *endpoint, int64_t since, bool *absent, struct md_error *e)
{
	struct sql_rows r;

	*absent = false;
	sql_select(&r, st, e,
	    "SELECT 1 FROM absent_endpoints WHERE base_url = $1 "
	    "AND endpoint = $2 AND noted_at > $3",
	    SQL_VALUES(sql_text(base_url), sql_text(endpoint),
		sql_stamp(since)));
	while (sql_next(&r))
		*absent = true;
	return sql_end(&r);
}

struct absent {
	const char *base_url, *endpoint;
	int64_t now;
};

static bool
note_absent(struct store *st, void *ctx, struct md_error *e)
{
	const struct absent *a = ctx;

	return sql_run(st, e,
	    "INSERT INTO absent_endpoints (base_url, endpoint, noted_at) "
	    "VALUES ($1, $2, $3) ON CONFLICT (base_url, endpoint) "
	    "DO UPDATE SET noted_at = $3",
	    SQL_VALUES(sql_text(a->base_url), sql_text(a->endpoint),
		sql_stamp(a->now)));
}

bool
store_note_endpoint_absent(struct store *st, const char *base_url,
    const char *endpoint, int64_t now, struct md_error *e)
{
	struct absent a = { base_url, endpoint, now };

	return sql_write(st, note_absent, &a, e);
}

/* -- closures -- */

bool
store_closures(struct store *st, struct closures *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT date, kind, coalesce(close_minute, 0), name, base_url, "
	    "told_at FROM closures ORDER BY date",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct closure *c = closures_append(out);

		if (c == NULL)
			return sql_nomem(&r);
		c->close_clock_ms = sql_column_int(&r, 2) * MD_MINUTE;
		sql_copy_text(c->name, sizeof(c->name), &r, 3);
		sql_copy_text(c->base_url, sizeof(c->base_url), &r, 4);
		c->told_ms = sql_column_stamp(&r, 5);
		if (!sql_column_date(&r, 0, &c->date) ||
		    !closure_kind_parse(sql_column_text(&r, 1), &c->kind))
			out->len--;
	}
	return sql_end(&r);
}

struct put_closures {
	const struct closures *put, *drop;
	int64_t now;
};

static bool
put_closure(struct store *st, const struct closure *c, int64_t now,
    struct md_error *e)
{
	return sql_run(st, e,
	    "INSERT INTO closures (date, kind, close_minute, name, base_url, "
	    "told_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (date) "
	    "DO UPDATE SET kind = $2, close_minute = $3, name = $4, "
	    "base_url = $5, told_at = $6",
	    SQL_VALUES(sql_date(c->date), sql_text(closure_kind_name(c->kind)),
		sql_int_or_null(c->kind == CLOSURE_EARLY
				    ? c->close_clock_ms / MD_MINUTE
				    : -1),
		sql_text(c->name), sql_text(c->base_url),
		sql_stamp(c->told_ms != 0 ? c->told_ms : now)));
}

static bool
put_closures(struct store *st, void *ctx, struct md_error *e)
{
	const struct put_closures *p = ctx;
	bool good = true;

	for (size_t i = 0; good && i < p->drop->len; i++)
		good = sql_run(st, e,
		    "DELETE FROM closures WHERE date = $1 AND base_url = $2",
		    SQL_VALUES(sql_date(p->drop->v[i].date),
			sql_text(p->drop->v[i].base_url)));
	for (size_t i = 0; good && i < p->put->len; i++)
		good = put_closure(st, &p->put->v[i], p->now, e);
	return good;
}

bool
store_closures_put(struct store *st, const struct closures *put,
    const struct closures *drop, int64_t now, struct md_error *e)
{
	struct put_closures p = { put, drop, now };

	return put->len + drop->len == 0 || sql_write(st, put_closures, &p, e);
}

/* -- what a key may do -- */

bool
store_right_note(struct store *st, const struct key_right *right,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO key_rights (budget, what, status, base_url, noted_at) "
	    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (budget, what) "
	    "DO UPDATE SET status = $3, base_url = $4, noted_at = $5",
	    SQL_VALUES(sql_text(right->budget), sql_text(right->what),
		sql_text(right->status), sql_text(right->base_url),
		sql_stamp(right->noted_ms)));
}

bool
store_right_read(struct store *st, const char *budget, const char *base_url,
    const char *what, struct key_right *out, struct md_error *e)
{
	struct sql_rows r;

	memset(out, 0, sizeof(*out));
	sql_select(&r, st, e,
	    "SELECT budget, status, base_url, noted_at FROM key_rights "
	    "WHERE what = $3 AND ($1 IS NULL OR budget = $1) "
	    "AND ($2 IS NULL OR base_url = $2) "
	    "ORDER BY noted_at DESC LIMIT 1",
	    SQL_VALUES(sql_text(budget), sql_text(base_url), sql_text(what)));
	if (sql_next(&r)) {
		sql_copy_text(out->budget, sizeof(out->budget), &r, 0);
		sql_copy_text(out->status, sizeof(out->status), &r, 1);
		sql_copy_text(out->base_url, sizeof(out->base_url), &r, 2);
		(void)snprintf(out->what, sizeof(out->what), "%s", what);
		out->noted_ms = sql_column_stamp(&r, 3);
	}
	return sql_end(&r);
}
