/*
 * Splits, and what follows from them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_postgres.h"

/* -- what was told -- */

struct put_splits {
	const char *symbol;
	int64_t since, now;
	const struct split *v;
	size_t len;
};

/* As arrays of symbols, dates, and shares before and after. */
static bool
insert_splits(struct postgres_store *st, const struct put_splits *p,
    struct md_error *e)
{
	struct buf symbols = BUF_INIT, dates = BUF_INIT, from = BUF_INIT,
		   to = BUF_INIT;
	char text[32];
	bool good;

	for (size_t i = 0; i < p->len; i++) {
		postgres_array_text(&symbols, p->v[i].symbol);
		md_date_format(p->v[i].date, text);
		postgres_array_text(&dates, text);
		/* 17 digits read back as the same double. */
		(void)snprintf(text, sizeof(text), "%.17g", p->v[i].from);
		postgres_array_text(&from, text);
		(void)snprintf(text, sizeof(text), "%.17g", p->v[i].to);
		postgres_array_text(&to, text);
	}
	postgres_array_end(&symbols);
	postgres_array_end(&dates);
	postgres_array_end(&from);
	postgres_array_end(&to);
	good = (buf_ok(&symbols) && buf_ok(&dates) && buf_ok(&from) &&
		   buf_ok(&to)) ||
	       md_nomem(e);
	/* What is told anew of a date replaces what was told of it. */
	good = good &&
	       postgres_run(st, e, NULL,
		   "DELETE FROM splits s USING unnest($1::text[], $2::date[]) "
		   "AS l (symbol, date) WHERE s.symbol = l.symbol "
		   "AND s.execution_date = l.date",
		   "tt", buf_str(&symbols), buf_str(&dates)) &&
	       postgres_run(st, e, NULL,
		   "INSERT INTO splits (symbol, execution_date, split_from, "
		   "split_to) SELECT l.* FROM unnest($1::text[], $2::date[], "
		   "$3::float8[], $4::float8[]) "
		   "AS l (symbol, date, before, after) "
		   "JOIN symbols s ON s.symbol = l.symbol "
		   "ON CONFLICT DO NOTHING",
		   "tttt", buf_str(&symbols), buf_str(&dates), buf_str(&from),
		   buf_str(&to));
	buf_free(&symbols);
	buf_free(&dates);
	buf_free(&from);
	buf_free(&to);
	return good;
}

static bool
put_splits(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct put_splits *p = ctx;

	if (!postgres_run(st, e, NULL,
		"UPDATE symbols SET splits_checked_ms = $2 WHERE symbol = $1 "
		"OR ($1 IS NULL AND splits_checked_ms >= $3)",
		"Tmm", p->symbol, p->now, p->since))
		return false;
	if (p->len == 0)
		return true;
	/* What was announced and is no longer told has been called off. */
	return postgres_run(st, e, NULL,
		   "DELETE FROM splits WHERE ($1 IS NULL OR symbol = $1) "
		   "AND execution_date > ($2 AT TIME ZONE 'UTC')::date",
		   "Tm", p->symbol, p->since) &&
	       insert_splits(st, p, e);
}

bool
postgres_put_splits(struct store *base, const char *symbol, int64_t since,
    const struct split *v, size_t len, int64_t now, struct md_error *e)
{
	struct put_splits p = { symbol, since, now, v, len };

	return postgres_write((struct postgres_store *)base, put_splits, &p, e);
}

/* -- adjustments -- */

static void
read_adjustment(struct adjustments *out, const PGresult *r, int row, int first)
{
	if (out->len < SPLITS_MAX)
		out->v[out->len++] =
		    (struct adjustment){ postgres_time(r, row, first),
			    postgres_time(r, row, first + 1),
			    postgres_double(r, row, first + 2) };
}

bool
postgres_read_adjustments(struct postgres_store *st, const char *symbol,
    struct adjustments *out, struct md_error *e)
{
	PGresult *r = postgres_query(st, e,
	    "SELECT from_ts, to_ts, factor FROM adjustments "
	    "WHERE symbol = $1 ORDER BY from_ts",
	    "t", symbol);

	if (r == NULL)
		return false;
	out->len = 0;
	for (int i = 0; i < PQntuples(r); i++)
		read_adjustment(out, r, i, 0);
	PQclear(r);
	return true;
}

bool
postgres_adjustments(struct store *base, const char *symbol,
    struct adjustments *out, struct md_error *e)
{
	return postgres_read_adjustments((struct postgres_store *)base, symbol,
	    out, e);
}

/* Its features were made with others. */
static bool
replace(struct postgres_store *st, const char *symbol,
    const struct adjustments *a, struct md_error *e)
{
	bool good = postgres_run(st, e, NULL,
	    "DELETE FROM adjustments WHERE symbol = $1", "t", symbol);

	for (size_t i = 0; good && i < a->len; i++)
		good = postgres_run(st, e, NULL,
		    "INSERT INTO adjustments (symbol, from_ts, to_ts, factor) "
		    "VALUES ($1, $2, $3, $4)",
		    "tmmd", symbol, a->v[i].from_ts, a->v[i].to_ts,
		    a->v[i].factor);
	return good && postgres_run(st, e, NULL,
			   "UPDATE series SET features_from = (" FIRST_BAR ") "
			   "WHERE symbol = $1",
			   "t", symbol);
}

struct derive {
	const struct calendar *calendar;
	md_date today;
};

/* Rows from *row on that are of one symbol; *row is then the next one's. */
static void
next_splits(const PGresult *r, int *row, struct split *v, size_t *n)
{
	const char *symbol = postgres_text(r, *row, 0);

	for (*n = 0; *row < PQntuples(r) &&
		     strcmp(postgres_text(r, *row, 0), symbol) == 0;
	     ++*row) {
		if (*n == SPLITS_MAX ||
		    !md_date_parse(postgres_text(r, *row, 1), &v[*n].date))
			continue;
		postgres_copy_text(v[*n].symbol, sizeof(v[*n].symbol), r, *row,
		    0);
		v[*n].from = postgres_double(r, *row, 2);
		v[(*n)++].to = postgres_double(r, *row, 3);
	}
}

static void
next_adjustments(const PGresult *r, int *row, struct adjustments *out)
{
	const char *symbol = postgres_text(r, *row, 0);

	out->len = 0;
	for (; *row < PQntuples(r) &&
	       strcmp(postgres_text(r, *row, 0), symbol) == 0;
	     ++*row)
		read_adjustment(out, r, *row, 1);
}

/* Both sorted by symbol, walked side by side: mostly nothing has changed. */
static bool
derive_all(struct postgres_store *st, const struct derive *d,
    const PGresult *splits, const PGresult *have, struct md_error *e)
{
	struct adjustments was, is;
	struct split v[SPLITS_MAX];
	int i = 0, j = 0;
	bool good = true;

	while (good && (i < PQntuples(splits) || j < PQntuples(have))) {
		const char *a =
		    i < PQntuples(splits) ? postgres_text(splits, i, 0) : NULL;
		const char *b =
		    j < PQntuples(have) ? postgres_text(have, j, 0) : NULL;
		int order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a, b);
		size_t n = 0;

		was.len = is.len = 0;
		if (order <= 0)
			next_splits(splits, &i, v, &n);
		if (order >= 0)
			next_adjustments(have, &j, &was);
		if (n > 0)
			is.len = split_adjustments(d->calendar, v, n, d->today,
			    is.v);
		if (!adjustments_equal(&was, &is))
			good = replace(st, order <= 0 ? a : b, &is, e);
	}
	return good;
}

static bool
derive(struct postgres_store *st, void *ctx, struct md_error *e)
{
	PGresult *splits = postgres_query(st, e,
	    "SELECT symbol, execution_date::text, split_from, split_to "
	    "FROM splits ORDER BY symbol, execution_date",
	    "");
	PGresult *have = splits == NULL
			     ? NULL
			     : postgres_query(st, e,
				   "SELECT symbol, from_ts, to_ts, factor "
				   "FROM adjustments ORDER BY symbol, from_ts",
				   "");
	bool good = have != NULL && derive_all(st, ctx, splits, have, e);

	PQclear(splits);
	PQclear(have);
	return good;
}

bool
postgres_derive_adjustments(struct store *base, const struct calendar *cal,
    md_date today, struct md_error *e)
{
	struct derive d = { cal, today };

	return postgres_write((struct postgres_store *)base, derive, &d, e);
}
