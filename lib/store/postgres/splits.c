/*
 * Splits, and what follows from them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

/* -- what was told -- */

/* As arrays of symbols, dates, and shares before and after. */
static bool
insert_splits(struct postgres_store *st, const struct splits_put *p,
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
		   "DELETE FROM splits s WHERE EXISTS (SELECT 1 "
		   "FROM unnest($1::text[], $2::date[], $3::float8[], "
		   "$4::float8[]) AS l (symbol, date, before, after) "
		   "WHERE s.symbol = l.symbol AND s.execution_date = l.date "
		   "AND NOT (s.split_from = l.before "
		   "AND s.split_to = l.after))",
		   "tttt", buf_str(&symbols), buf_str(&dates), buf_str(&from),
		   buf_str(&to)) &&
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

/* Whose splits are known now, and since when. */
static bool
looked(struct postgres_store *st, const struct splits_put *p,
    struct md_error *e)
{
	char since[11];

	if (p->symbol != NULL)
		return postgres_run(st, e, NULL,
		    "UPDATE symbols SET splits_checked_ms = $2, "
		    "splits_from = NULL WHERE symbol = $1",
		    "tm", p->symbol, p->now);
	md_date_format(p->since, since);
	/* The least of null and a day would be the day: null is earlier. */
	return postgres_run(st, e, NULL,
	    "UPDATE symbols SET splits_checked_ms = $1, "
	    "splits_from = CASE WHEN splits_checked_ms IS NULL THEN $2::date "
	    "WHEN splits_from > $2::date THEN $2::date ELSE splits_from END "
	    "WHERE splits_checked_ms IS NULL OR splits_checked_ms >= $3",
	    "mtm", p->now, since,
	    (int64_t)(p->since + SPLITS_LATE_DAYS) * MD_DAY);
}

static bool
put_splits(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct splits_put *p = *(const struct splits_put **)ctx;

	if (!looked(st, p, e))
		return false;
	if (p->len == 0)
		return true;
	/* What was announced and is no longer told has been called off. */
	return postgres_run(st, e, NULL,
		   "DELETE FROM splits WHERE ($1 IS NULL OR symbol = $1) "
		   "AND NOT confirmed AND execution_date > ($2 AT TIME ZONE "
		   "'UTC')::date",
		   "Tm", p->symbol, p->looked) &&
	       insert_splits(st, p, e);
}

bool
postgres_put_splits(struct store *base, const struct splits_put *p,
    struct md_error *e)
{
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

/* Its features were made with others.  Another run may derive the same at the
 * same time. */
static bool
replace(struct postgres_store *st, const char *symbol,
    const struct adjustments *a, struct md_error *e)
{
	bool good = postgres_run(st, e, NULL,
	    "DELETE FROM adjustments WHERE symbol = $1", "t", symbol);

	for (size_t i = 0; good && i < a->len; i++)
		good = postgres_run(st, e, NULL,
		    "INSERT INTO adjustments (symbol, from_ts, to_ts, factor) "
		    "VALUES ($1, $2, $3, $4) ON CONFLICT (symbol, from_ts) "
		    "DO UPDATE SET to_ts = $3, factor = $4",
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

/* All splits of one symbol, by date. */
struct known_splits {
	struct split v[SPLITS_MAX];
	bool doubted[SPLITS_MAX], confirmed[SPLITS_MAX];
	double before[SPLITS_MAX], after[SPLITS_MAX]; /* prices; 0: none */
	size_t len;
};

/*
 * With the last raw price before each, and the first from then on: of the
 * symbol's 1d series, or the one with the most bars.
 */
#define PRICE(price, from, to, order)                                          \
	"LEFT JOIN LATERAL (SELECT b." price " AS price FROM bars b "          \
	"WHERE b.series_id = r.series_id AND b.ts >= " from " AND b.ts < " to  \
	" ORDER BY b.ts " order " LIMIT 1) "

static PGresult *
select_splits(struct postgres_store *st, struct md_error *e)
{
	return postgres_query(st, e,
	    "SELECT s.symbol, s.execution_date::text, s.split_from, "
	    "s.split_to, s.doubt IS NOT NULL, s.confirmed, "
	    "coalesce(p.price, 0), coalesce(q.price, 0) "
	    "FROM (SELECT *, execution_date::timestamp "
	    "AT TIME ZONE 'America/New_York' AS t, "
	    "$1 * interval '24 hours' AS near FROM splits) s "
	    "LEFT JOIN LATERAL (SELECT r.series_id FROM series r "
	    "WHERE r.symbol = s.symbol ORDER BY (r.timeframe = '1d' "
	    "AND r.bar_count > 0) DESC, r.bar_count DESC LIMIT 1) r ON "
	    "true " PRICE("close", "s.t - s.near", "s.t",
		"DESC") "p ON true " PRICE("open", "s.t", "s.t + s.near",
		"") "q ON true "
		    "ORDER BY s.symbol, s.execution_date",
	    "i", (int64_t)SPLIT_PRICES_DAYS);
}

/* Rows from *row on that are of one symbol; *row is then the next one's. */
static void
next_splits(const PGresult *r, int *row, struct known_splits *k)
{
	const char *symbol = postgres_text(r, *row, 0);

	for (k->len = 0; *row < PQntuples(r) &&
			 strcmp(postgres_text(r, *row, 0), symbol) == 0;
	     ++*row) {
		size_t n = k->len;

		if (n == SPLITS_MAX ||
		    !md_date_parse(postgres_text(r, *row, 1), &k->v[n].date))
			continue;
		postgres_copy_text(k->v[n].symbol, sizeof(k->v[n].symbol), r,
		    *row, 0);
		k->v[n].from = postgres_double(r, *row, 2);
		k->v[n].to = postgres_double(r, *row, 3);
		k->doubted[n] = postgres_int(r, *row, 4) != 0;
		k->confirmed[n] = postgres_int(r, *row, 5) != 0;
		k->before[n] = postgres_double(r, *row, 6);
		k->after[n] = postgres_double(r, *row, 7);
		k->len++;
	}
}

static bool
judge_split(struct postgres_store *st, struct known_splits *k, size_t n,
    size_t i, struct md_error *e)
{
	const struct split *s = &k->v[i];
	const char *doubt = split_doubt(k->v, n, i, k->before[i], k->after[i]);
	char date[11];

	if (doubt == NULL && !k->doubted[i])
		return true;
	k->doubted[i] = doubt != NULL;
	md_date_format(s->date, date);
	return postgres_run(st, e, NULL,
	    "UPDATE splits SET doubt = $5 WHERE symbol = $1 "
	    "AND execution_date = $2::date AND split_from = $3 "
	    "AND split_to = $4 AND doubt IS DISTINCT FROM $5",
	    "ttddT", s->symbol, date, s->from, s->to, doubt);
}

/* Judge those that are executed, and keep those that count. */
static bool
keep_believed(struct postgres_store *st, struct known_splits *k, md_date today,
    struct md_error *e)
{
	size_t n = 0, executed = 0;

	while (executed < k->len && k->v[executed].date <= today)
		executed++;
	for (size_t i = 0; i < executed; i++)
		if (!judge_split(st, k, executed, i, e))
			return false;
	for (size_t i = 0; i < executed; i++)
		if (!k->doubted[i] || k->confirmed[i])
			k->v[n++] = k->v[i];
	k->len = n;
	return true;
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
	struct known_splits k;
	int i = 0, j = 0;
	bool good = true;

	while (good && (i < PQntuples(splits) || j < PQntuples(have))) {
		const char *a =
		    i < PQntuples(splits) ? postgres_text(splits, i, 0) : NULL;
		const char *b =
		    j < PQntuples(have) ? postgres_text(have, j, 0) : NULL;
		int order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a, b);

		was.len = is.len = k.len = 0;
		if (order <= 0)
			next_splits(splits, &i, &k);
		if (order >= 0)
			next_adjustments(have, &j, &was);
		good = keep_believed(st, &k, d->today, e);
		if (k.len > 0)
			is.len = split_adjustments(d->calendar, k.v, k.len,
			    d->today, is.v);
		if (good && !adjustments_equal(&was, &is))
			good = replace(st, order <= 0 ? a : b, &is, e);
	}
	return good;
}

static bool
derive(struct postgres_store *st, void *ctx, struct md_error *e)
{
	PGresult *splits = select_splits(st, e);
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
