/*
 * Splits, whether they are believed, and the adjustments that follow.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/integer.h"
#include "base/json.h"
#include "store/history.h"

/* -- what was told -- */

struct put_splits {
	const struct actions_put *p;
	struct split *v; /* void by what was told */
	size_t len, cap;
};

/* Of one symbol, or (null) of all. */
static bool
read_void(struct store *st, const char *symbol, struct put_splits *w,
    struct md_error *e)
{
	const struct actions_put *p = w->p;
	const struct split *told = p->told->v;
	md_date looked = (md_date)floor_div(p->looked, MD_DAY), first = looked;
	struct sql_rows r;

	for (size_t i = 0; i < p->told->len; i++)
		if (told[i].date < first)
			first = told[i].date;
	sql_select(&r, st, e,
	    "SELECT symbol, execution_date, split_from, split_to, confirmed "
	    "FROM splits WHERE ($1 IS NULL OR symbol = $1) "
	    "AND execution_date >= $2 ORDER BY symbol, execution_date",
	    SQL_VALUES(sql_text(symbol), sql_date(first)));
	while (sql_next(&r)) {
		struct split *v = ARRAY_NEXT(w);

		if (v == NULL)
			return sql_nomem(&r);
		sql_copy_text(v->symbol, sizeof(v->symbol), &r, 0);
		v->from = sql_column_real(&r, 2);
		v->to = sql_column_real(&r, 3);
		if (!sql_column_date(&r, 1, &v->date) ||
		    !split_is_void(v, sql_column_bool(&r, 4), told,
			p->told->len, looked))
			w->len--;
	}
	return sql_end(&r);
}

/* An answer that does not tell leaves what one before has told. */
#define TOLD_ANEW                                                              \
	"ON CONFLICT (symbol, execution_date, split_from, split_to) "          \
	"DO UPDATE SET adjustment_type = COALESCE(EXCLUDED.adjustment_type, "  \
	"splits.adjustment_type), contradicted = "                             \
	"COALESCE(EXCLUDED.contradicted, splits.contradicted)"

/* For a server one statement: there may be thousands.  Its numbers are exact
 * when read from text; SQLite's are when they are bound. */
static bool
add_to_server(struct store *st, const struct actions_put *p, struct md_error *e)
{
	struct buf rows = BUF_INIT;
	struct json_writer w;
	char day[MD_TIME_MAX];
	bool good;

	json_start_dense(&w, &rows);
	json_array_begin(&w, NULL);
	for (size_t i = 0; i < p->told->len; i++) {
		const struct split *s = actions_at(p->told, i);

		md_date_format(s->date, day);
		json_array_begin(&w, NULL);
		json_text(&w, NULL, s->symbol);
		json_text(&w, NULL, day);
		json_number(&w, NULL, s->from);
		json_number(&w, NULL, s->to);
		json_text(&w, NULL, split_kind_name(s->kind));
		if (s->factor > 0)
			json_bool(&w, NULL, s->contradicted);
		else
			json_null_value(&w, NULL);
		json_array_end(&w);
	}
	json_array_end(&w);
	good = buf_ok(&rows)
		   ? sql_run(st, e,
			 "INSERT INTO splits (symbol, execution_date, "
			 "split_from, split_to, adjustment_type, "
			 "contradicted) SELECT DISTINCT ON (1, 2, 3, "
			 "4) s.symbol, "
			 "(l.v->>1)::date, (l.v->>2)::float8, "
			 "(l.v->>3)::float8, l.v->>4, "
			 "(l.v->>5)::boolean FROM json_array_elements("
			 "$1::json) AS l (v) "
			 "JOIN symbols s ON s.symbol = l.v->>0 " TOLD_ANEW,
			 SQL_VALUES(sql_text(buf_str(&rows))))
		   : md_nomem(e);
	buf_free(&rows);
	return good;
}

static bool
add_splits(struct store *st, const struct actions_put *p, struct md_error *e)
{
	bool good = true;

	if (st->sql->is_postgres)
		return add_to_server(st, p, e);
	for (size_t i = 0; good && i < p->told->len; i++) {
		const struct split *s = actions_at(p->told, i);

		good = sql_run(st, e,
		    "INSERT INTO splits (symbol, execution_date, "
		    "split_from, split_to, adjustment_type, "
		    "contradicted) SELECT symbol, $2, $3, $4, $5, $6 "
		    "FROM symbols WHERE symbol = $1 " TOLD_ANEW,
		    SQL_VALUES(sql_text(s->symbol), sql_date(s->date),
			sql_real(s->from), sql_real(s->to),
			sql_text(split_kind_name(s->kind)),
			sql_int_or_null(s->factor > 0 ? s->contradicted : -1)));
	}
	return good;
}

static bool
drop_void(struct store *st, struct put_splits *w, struct md_error *e)
{
	const struct actions_put *p = w->p;
	bool good = true;

	for (size_t i = 0; good && i < p->symbols_len; i++)
		good = read_void(st, p->symbols[i], w, e);
	if (p->symbols_len == 0)
		good = read_void(st, NULL, w, e);
	for (size_t i = 0; good && i < w->len; i++)
		good = sql_run(st, e,
		    "DELETE FROM splits WHERE symbol = $1 "
		    "AND execution_date = $2 AND split_from = $3 "
		    "AND split_to = $4",
		    SQL_VALUES(sql_text(w->v[i].symbol), sql_date(w->v[i].date),
			sql_real(w->v[i].from), sql_real(w->v[i].to)));
	return good;
}

bool
splits_put(struct store *st, const struct actions_put *p, struct md_error *e)
{
	struct put_splits w = { p, NULL, 0, 0 };
	bool good = drop_void(st, &w, e) && add_splits(st, p, e);

	free(w.v);
	return good;
}

/* -- doubts -- */

bool
store_split_confirm(struct store *st, const char *symbol, md_date day,
    bool *found, struct md_error *e)
{
	int64_t changed = 0;
	bool good = sql_change(st, e, &changed,
	    "UPDATE splits SET confirmed = TRUE "
	    "WHERE symbol = $1 AND execution_date = $2",
	    SQL_VALUES(sql_text(symbol), sql_date(day)));

	*found = changed > 0;
	return good;
}

bool
store_report_doubtful_splits(struct store *st, struct suspicions *out,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT symbol, execution_date, split_to, split_from, doubt "
	    "FROM splits WHERE doubt IS NOT NULL AND NOT confirmed "
	    "ORDER BY symbol, execution_date, split_from, split_to",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct suspicion *s = suspicions_append(out);

		if (s == NULL)
			return sql_nomem(&r);
		s->kind = SUSPICION_SPLIT;
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 0);
		(void)sql_column_date(&r, 1, &s->date);
		(void)snprintf(s->detail, sizeof(s->detail),
		    "%.17g for %.17g: %s", sql_column_real(&r, 2),
		    sql_column_real(&r, 3), sql_column_text(&r, 4));
	}
	return sql_end(&r);
}

/* -- adjustments -- */

bool
store_adjustments(struct store *st, const char *symbol, struct adjustments *out,
    struct md_error *e)
{
	struct sql_rows r;

	out->len = 0;
	sql_select(&r, st, e,
	    "SELECT from_ts, to_ts, factor FROM adjustments "
	    "WHERE symbol = $1 ORDER BY from_ts",
	    SQL_VALUES(sql_text(symbol)));
	while (out->len < SPLITS_MAX && sql_next(&r))
		out->v[out->len++] =
		    (struct adjustment){ sql_column_time(&r, 0),
			    sql_column_time(&r, 1), sql_column_real(&r, 2) };
	return sql_end(&r);
}

/* A split with what is stored of it. */
struct stored_split {
	struct split_facts facts;
	char doubt[64];    /* or "" */
	int64_t series_id; /* whose prices tell; 0: none */
};

ARRAY_OF(stored_splits, struct stored_split);

struct derive {
	const struct calendar *calendar;
	md_date today;
	int64_t now, wall; /* when it was asked for */
	/* Both by symbol, then by time. */
	struct stored_splits splits;
	struct stored_adjustments have;
};

static bool
read_splits(struct store *st, struct derive *d, struct md_error *e)
{
	struct sql_rows r;

	d->splits.len = 0;
	sql_select(&r, st, e,
	    "SELECT s.symbol, s.execution_date, s.split_from, s.split_to, "
	    "s.confirmed, s.doubt, s.contradicted, "
	    "(SELECT r.series_id FROM series r "
	    "WHERE r.symbol = s.symbol ORDER BY CASE WHEN r.timeframe = '1d' "
	    "AND r.bar_count > 0 THEN 0 ELSE 1 END, r.bar_count DESC LIMIT 1) "
	    "FROM splits s "
	    "ORDER BY s.symbol, s.execution_date, s.split_from, s.split_to",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct stored_split *v = stored_splits_append(&d->splits);
		struct split *s;

		if (v == NULL)
			return sql_nomem(&r);
		s = &v->facts.split;
		if (!sql_column_date(&r, 1, &s->date)) {
			d->splits.len--;
			continue;
		}
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 0);
		s->from = sql_column_real(&r, 2);
		s->to = sql_column_real(&r, 3);
		v->facts.confirmed = sql_column_bool(&r, 4);
		sql_copy_text(v->doubt, sizeof(v->doubt), &r, 5);
		s->contradicted = sql_column_bool(&r, 6);
		v->series_id = sql_column_int(&r, 7);
	}
	return sql_end(&r);
}

/* The last raw price before each of those, and the first from then on. */
#define PRICES_AROUND(pairs, time)                                             \
	"SELECT v.n, (SELECT b.close FROM bars b WHERE b.series_id = v.id "    \
	"AND b.ts >= " time("v.s - $2") " AND b.ts < " time(                   \
	    "v.s") " ORDER BY b.ts DESC LIMIT 1), "                            \
		   "(SELECT b.open FROM bars b WHERE b.series_id = v.id "      \
		   "AND b.ts >= " time("v.s") " AND b.ts < " time(             \
		       "v.s + $2") " ORDER BY b.ts LIMIT 1) FROM " pairs

static bool
read_prices(struct store *st, struct derive *d, const char *pairs,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st, PRICES_AROUND(SQLITE_PAIRS, SQLITE_TIME),
		PRICES_AROUND(POSTGRES_PAIRS, POSTGRES_TIME)),
	    SQL_VALUES(sql_text(pairs),
		sql_int(SPLIT_PRICES_DAYS * MD_DAY / MD_SECOND)));
	while (sql_next(&r)) {
		size_t i = (size_t)sql_column_int(&r, 0);

		if (i < d->splits.len && !sql_is_null(&r, 1))
			d->splits.v[i].facts.before = sql_column_real(&r, 1);
		if (i < d->splits.len && !sql_is_null(&r, 2))
			d->splits.v[i].facts.after = sql_column_real(&r, 2);
	}
	return sql_end(&r);
}

/* One question for all; a split that is not executed yet has none. */
static bool
read_all_prices(struct store *st, struct derive *d, struct md_error *e)
{
	struct buf pairs = BUF_INIT;
	bool good = true;

	for (size_t i = 0; i < d->splits.len; i++) {
		const struct stored_split *s = &d->splits.v[i];
		md_date day = s->facts.split.date;

		buf_printf(&pairs, "%s[%lld,%lld]", i == 0 ? "" : ",",
		    day <= d->today ? (long long)s->series_id : 0LL,
		    (long long)calendar_midnight(d->calendar, CLASS_STOCK,
			day) /
			MD_SECOND);
	}
	if (!buf_ok(&pairs))
		good = md_nomem(e);
	else if (d->splits.len > 0)
		good = read_prices(st, d, buf_str(&pairs), e);
	buf_free(&pairs);
	return good;
}

static bool
put_doubt(struct store *st, const struct stored_split *s, const char *doubt,
    struct md_error *e)
{
	const struct split *x = &s->facts.split;

	return strcmp(doubt == NULL ? "" : doubt, s->doubt) == 0 ||
	       sql_run(st, e,
		   "UPDATE splits SET doubt = $5 WHERE symbol = $1 "
		   "AND execution_date = $2 AND split_from = $3 "
		   "AND split_to = $4",
		   SQL_VALUES(sql_text(x->symbol), sql_date(x->date),
		       sql_real(x->from), sql_real(x->to), sql_text(doubt)));
}

/* Its features were made with others, and its dividends' factors may have
 * been.  Another run may derive the same at the same time. */
static bool
replace_adjustments(struct store *st, const char *symbol, int64_t now,
    const struct adjustments *a, struct md_error *e)
{
	return adjustments_replace(st, ACTION_SPLITS, symbol, now, a->v, a->len,
		   e) &&
	       sql_run(st, e,
		   "UPDATE symbols SET dividends_derived_ms = NULL "
		   "WHERE symbol = $1",
		   SQL_VALUES(sql_text(symbol))) &&
	       sql_run(st, e,
		   "UPDATE series SET features_from = " FIRST_BAR
		   " WHERE symbol = $1",
		   SQL_VALUES(sql_text(symbol)));
}

static bool
derive_symbol(struct store *st, const struct derive *d, const char *symbol,
    const struct stored_split *v, size_t n, const struct adjustments *was,
    struct md_error *e)
{
	struct split_facts facts[SPLITS_MAX];
	struct split believed[SPLITS_MAX];
	struct adjustments is;
	bool good = true;

	if (n > SPLITS_MAX)
		n = SPLITS_MAX;
	for (size_t i = 0; i < n; i++)
		facts[i] = v[i].facts;
	is.len = split_adjustments(d->calendar, believed,
	    splits_judge(facts, n, d->today, believed), d->today, is.v);
	for (size_t i = 0; good && i < n; i++)
		good = facts[i].split.date > d->today ||
		       put_doubt(st, &v[i], facts[i].doubt, e);
	return good && (adjustments_equal(was, &is) ||
			   replace_adjustments(st, symbol,
			       history_time(d->now, d->wall), &is, e));
}

/* Both are walked side by side: mostly nothing has changed. */
static bool
derive(struct store *st, void *ctx, struct md_error *e)
{
	struct derive *d = ctx;
	size_t i = 0, j = 0;
	bool good = read_splits(st, d, e) && read_all_prices(st, d, e) &&
		    adjustments_read(st, ACTION_SPLITS, NULL, &d->have, e);

	/* An array without a row may be null. */
	assert(!good || d->have.len == 0 || d->have.v != NULL);
	assert(!good || d->splits.len == 0 || d->splits.v != NULL);

	while (good && (i < d->splits.len || j < d->have.len)) {
		const char *a = i < d->splits.len
				    ? d->splits.v[i].facts.split.symbol
				    : NULL;
		const char *b = j < d->have.len ? d->have.v[j].symbol : NULL;
		const char *symbol =
		    b == NULL || (a != NULL && strcmp(a, b) <= 0) ? a : b;
		size_t first = i;
		struct adjustments was = { .len = 0 };

		while (i < d->splits.len &&
		       strcmp(d->splits.v[i].facts.split.symbol, symbol) == 0)
			i++;
		for (; j < d->have.len &&
		       strcmp(d->have.v[j].symbol, symbol) == 0;
		     j++)
			if (was.len < SPLITS_MAX)
				was.v[was.len++] = d->have.v[j].a;
		good = derive_symbol(st, d, symbol, &d->splits.v[first],
		    i - first, &was, e);
	}
	return good;
}

bool
store_derive_adjustments(struct store *st, const struct calendar *cal,
    md_date today, int64_t now, struct md_error *e)
{
	struct derive d = { .calendar = cal,
		.today = today,
		.now = now,
		.wall = md_now_ms() };
	bool good = sql_write(st, derive, &d, e);

	stored_splits_free(&d.splits);
	stored_adjustments_free(&d.have);
	return good;
}
