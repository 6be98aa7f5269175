/*
 * Holes in daily series, for a person to look at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "market/hole.h"
#include "store/internal.h"

/* A series that may have holes. */
struct suspect {
	int64_t id, since; /* holes that end by then are none, ms */
	char symbol[SYMBOL_MAX];
};

ARRAY_OF(suspects, struct suspect);

struct candidate {
	struct hole_row h;
	int64_t series_id, answered; /* ms of it */
};

ARRAY_OF(candidates, struct candidate);

/* What is read of them is in the order of the series' ids. */
struct search {
	int64_t at_least;
	struct suspects suspects;
	struct buf ids; /* a list of theirs */
	struct candidates found;
};

/* Counting tells of most series that they have no hole. */
static bool
read_suspects(struct store *st, struct search *w, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT r.series_id, r.symbol, s.history_from, r.bar_count, "
	    "r.newest_ts, (SELECT min(b.ts) FROM bars b "
	    "WHERE b.series_id = r.series_id) "
	    "FROM series r JOIN symbols s ON s.symbol = r.symbol "
	    "WHERE r.timeframe = '1d' AND r.active AND s.active "
	    "AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1 "
	    "ORDER BY r.series_id",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct suspect *s;
		md_date from;

		if (!hole_is_possible(sql_column_int(&r, 3),
			sql_column_time(&r, 5), sql_column_time(&r, 4),
			w->at_least))
			continue;
		s = suspects_append(&w->suspects);
		if (s == NULL)
			return sql_nomem(&r);
		s->id = sql_column_int(&r, 0);
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 1);
		if (sql_column_date(&r, 2, &from))
			s->since = ((int64_t)from + 1) * MD_DAY;
		list_add_int(&w->ids, s->id);
	}
	return sql_end(&r) && (buf_ok(&w->ids) || md_nomem(e));
}

/* -- neighbouring bars that are too far apart -- */

/* A server does not send all bars, but those that are so far from the one
 * before, with that one. */
#define SQLITE_BARS                                                            \
	"SELECT series_id, ts, open, close FROM bars "                         \
	"WHERE series_id" SQLITE_NUMBERS("$1") "ORDER BY series_id, ts"
#define POSTGRES_BARS                                                          \
	"SELECT series_id, ts, open, close, last, last_close FROM ("           \
	"SELECT series_id, ts, open, close, lag(ts) OVER w AS last, "          \
	"lag(close) OVER w AS last_close FROM bars "                           \
	"WHERE series_id" POSTGRES_NUMBERS(                                    \
	    "$1") "WINDOW w AS (PARTITION BY series_id ORDER BY ts)) AS n "    \
		  "WHERE ts - last > $2 * interval '1 millisecond' "           \
		  "ORDER BY series_id, ts"

struct last_bar {
	int64_t series_id, t;
	double close;
};

static bool
find_hole(struct search *w, const struct suspect *s,
    const struct last_bar *last, const struct sql_rows *r)
{
	int64_t t = sql_column_time(r, 1);
	struct candidate *c;

	if (last->series_id != s->id ||
	    !hole_between(last->t, t, s->since, w->at_least))
		return true;
	c = candidates_append(&w->found);
	if (c == NULL)
		return false;
	c->series_id = s->id;
	memcpy(c->h.symbol, s->symbol, sizeof(c->h.symbol));
	c->h.from_ts = last->t;
	c->h.to_ts = t;
	c->h.before = last->close;
	c->h.after = sql_column_real(r, 2);
	return true;
}

static bool
read_bars(struct store *st, struct search *w, struct md_error *e)
{
	const struct suspect *s = w->suspects.v;
	struct last_bar last = { 0, 0, 0 };
	struct sql_rows r;

	sql_select(&r, st, e, sql_for(st, SQLITE_BARS, POSTGRES_BARS),
	    SQL_VALUES(sql_text(buf_str(&w->ids)), sql_int(w->at_least)));
	while (sql_next(&r)) {
		struct last_bar now = { sql_column_int(&r, 0),
			sql_column_time(&r, 1), sql_column_real(&r, 3) };

		if (st->sql->is_postgres)
			last = (struct last_bar){ now.series_id,
				sql_column_time(&r, 4),
				sql_column_real(&r, 5) };
		while (s->id != now.series_id)
			s++;
		if (!find_hole(w, s, &last, &r))
			return sql_nomem(&r);
		last = now;
	}
	return sql_end(&r);
}

/* -- what else is to be known of them -- */

/* The first candidate of the row's series or of a later one, from c on. */
static struct candidate *
skip_to(const struct search *w, struct candidate *c, const struct sql_rows *r)
{
	while (c < w->found.v + w->found.len &&
	       c->series_id < sql_column_int(r, 0))
		c++;
	return c;
}

static bool
is_of(const struct search *w, const struct candidate *c,
    const struct sql_rows *r)
{
	return c < w->found.v + w->found.len &&
	       c->series_id == sql_column_int(r, 0);
}

/* Doubts are of answers without bars. */
#define ANSWERS(listed)                                                        \
	"SELECT series_id, from_ts, to_ts, kind FROM coverage "                \
	"WHERE series_id" listed "UNION ALL "                                  \
	"SELECT series_id, from_ts, to_ts, 'empty' FROM doubts "               \
	"WHERE series_id" listed "ORDER BY 1"

static bool
read_answers(struct store *st, struct search *w, struct md_error *e)
{
	const struct doubts none = { NULL, 0, 0 };
	struct candidate *first = w->found.v;
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st, ANSWERS(SQLITE_NUMBERS("$1")),
		ANSWERS(POSTGRES_NUMBERS("$1"))),
	    SQL_VALUES(sql_text(buf_str(&w->ids))));
	while (sql_next(&r)) {
		struct span s = { .from = sql_column_time(&r, 1),
			.to = sql_column_time(&r, 2) };
		const struct coverage one = { &s, 1, 1 };

		if (!coverage_kind_parse(sql_column_text(&r, 3), &s.kind))
			return sql_broken(&r, "coverage");
		first = skip_to(w, first, &r);
		for (struct candidate *c = first; is_of(w, c, &r); c++)
			c->answered += hole_answered(&one, &none, c->h.from_ts,
			    c->h.to_ts);
	}
	return sql_end(&r);
}

#define ADJUSTMENTS(listed)                                                    \
	"SELECT r.series_id, a.from_ts, a.to_ts, a.factor "                    \
	"FROM series r JOIN adjustments a ON a.symbol = r.symbol "             \
	"WHERE r.series_id" listed "ORDER BY r.series_id"

/* No bar has two adjustments. */
static bool
adjust_prices(struct store *st, struct search *w, struct md_error *e)
{
	struct candidate *first = w->found.v;
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st, ADJUSTMENTS(SQLITE_NUMBERS("$1")),
		ADJUSTMENTS(POSTGRES_NUMBERS("$1"))),
	    SQL_VALUES(sql_text(buf_str(&w->ids))));
	while (sql_next(&r)) {
		const struct adjustment a = { sql_column_time(&r, 1),
			sql_column_time(&r, 2), sql_column_real(&r, 3) };

		first = skip_to(w, first, &r);
		for (struct candidate *c = first; is_of(w, c, &r); c++) {
			struct bar b = { .t = c->h.from_ts, .c = c->h.before };
			struct bar next = { .t = c->h.to_ts, .o = c->h.after };

			if (split_adjust(&a, &b))
				c->h.before = b.c;
			if (split_adjust(&a, &next))
				c->h.after = next.o;
		}
	}
	return sql_end(&r);
}

static int
by_symbol(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->h.symbol, y->h.symbol);

	return order != 0 ? order
			  : (x->h.from_ts > y->h.from_ts) -
				(x->h.from_ts < y->h.from_ts);
}

/* From here on only those that have candidates count. */
static bool
list_found(struct search *w, struct md_error *e)
{
	int64_t last = 0;

	buf_clear(&w->ids);
	for (size_t i = 0; i < w->found.len; last = w->found.v[i++].series_id)
		if (w->found.v[i].series_id != last)
			list_add_int(&w->ids, w->found.v[i].series_id);
	return buf_ok(&w->ids) || md_nomem(e);
}

/* Four questions, however many series and holes there are. */
bool
store_report_holes(struct store *st, int64_t at_least, struct hole_rows *out,
    struct md_error *e)
{
	struct search w = { .at_least = at_least, .ids = BUF_INIT };
	struct candidates *l = &w.found;
	bool good =
	    read_suspects(st, &w, e) &&
	    (w.suspects.len == 0 || read_bars(st, &w, e)) &&
	    (l->len == 0 || (list_found(&w, e) && read_answers(st, &w, e) &&
				adjust_prices(st, &w, e)));

	if (good && l->len > 0)
		qsort(l->v, l->len, sizeof(*l->v), by_symbol);
	for (size_t i = 0; good && i < l->len; i++) {
		struct hole_row *h;

		/* What nobody asked for is no hole. */
		if (l->v[i].answered < at_least)
			continue;
		h = hole_rows_append(out);
		if (h == NULL)
			good = md_nomem(e);
		else
			*h = l->v[i].h;
	}
	suspects_free(&w.suspects);
	candidates_free(l);
	buf_free(&w.ids);
	return good;
}
