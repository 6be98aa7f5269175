/*
 * Holes in daily series, for a person to look at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "market/hole.h"
#include "store/internal.h"

struct candidate {
	struct hole_row h;
	int64_t answered; /* of it, ms */
};

/* By symbol, then by time, as all that is read of them. */
struct candidates {
	struct candidate *v;
	size_t len, cap;
};

/*
 * Counting tells of most series that they have none.  Only the bars of the
 * others are looked at: *ids is a list of them.
 */
static bool
list_series(struct store *st, int64_t at_least, struct buf *ids,
    struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT r.series_id, r.bar_count, r.newest_ts, "
	    "(SELECT min(b.ts) FROM bars b WHERE b.series_id = r.series_id) "
	    "FROM series r JOIN symbols s ON s.symbol = r.symbol "
	    "WHERE r.timeframe = '1d' AND r.active AND s.active "
	    "AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1",
	    SQL_NONE);
	while (sql_next(&r))
		if (hole_is_possible(sql_column_int(&r, 1),
			sql_column_time(&r, 3), sql_column_time(&r, 2),
			at_least))
			list_add_int(ids, sql_column_int(&r, 0));
	return sql_end(&r) && (buf_ok(ids) || md_nomem(e));
}

/* Neighbouring bars of each, if so far apart; hole_between() decides. */
#define NEIGHBOURS(listed, apart)                                              \
	"SELECT r.symbol, s.history_from, n.last, n.ts, n.close, n.open "      \
	"FROM (SELECT series_id, ts, open, "                                   \
	"lag(ts) OVER w AS last, lag(close) OVER w AS close "                  \
	"FROM bars WHERE series_id" listed                                     \
	"WINDOW w AS (PARTITION BY series_id ORDER BY ts)) AS n "              \
	"JOIN series r ON r.series_id = n.series_id "                          \
	"JOIN symbols s ON s.symbol = r.symbol "                               \
	"WHERE n.ts - n.last > " apart " ORDER BY r.symbol, n.ts"

static bool
read_candidates(struct store *st, const char *ids, int64_t at_least,
    struct candidates *l, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st, NEIGHBOURS(SQLITE_NUMBERS("$1"), "$2"),
		NEIGHBOURS(POSTGRES_NUMBERS("$1"),
		    "$2 * interval '1 millisecond'")),
	    SQL_VALUES(sql_text(ids), sql_int(at_least)));
	while (sql_next(&r)) {
		struct candidate *c = ARRAY_NEXT(l);
		int64_t since = 0; /* holes that end by then are none */
		md_date from;

		if (c == NULL)
			return sql_nomem(&r);
		sql_copy_text(c->h.symbol, sizeof(c->h.symbol), &r, 0);
		if (sql_column_date(&r, 1, &from))
			since = ((int64_t)from + 1) * MD_DAY;
		c->h.from_ts = sql_column_time(&r, 2);
		c->h.to_ts = sql_column_time(&r, 3);
		c->h.before = sql_column_real(&r, 4);
		c->h.after = sql_column_real(&r, 5);
		if (!hole_between(c->h.from_ts, c->h.to_ts, since, at_least))
			l->len--;
	}
	return sql_end(&r);
}

/* The first candidate of the row's symbol, from *at on. */
static size_t
find(const struct candidates *l, size_t *at, const struct sql_rows *r)
{
	while (*at < l->len &&
	       strcmp(l->v[*at].h.symbol, sql_column_text(r, 0)) < 0)
		++*at;
	return *at;
}

static bool
is_of(const struct candidates *l, size_t i, const struct sql_rows *r)
{
	return i < l->len &&
	       strcmp(l->v[i].h.symbol, sql_column_text(r, 0)) == 0;
}

/* Doubts are of answers without bars. */
#define ANSWERS(listed)                                                        \
	"SELECT r.symbol, c.from_ts, c.to_ts, c.kind "                         \
	"FROM coverage c JOIN series r ON r.series_id = c.series_id "          \
	"WHERE c.series_id" listed "UNION ALL "                                \
	"SELECT r.symbol, d.from_ts, d.to_ts, 'empty' "                        \
	"FROM doubts d JOIN series r ON r.series_id = d.series_id "            \
	"WHERE d.series_id" listed "ORDER BY 1"

static bool
read_answers(struct store *st, const char *ids, struct candidates *l,
    struct md_error *e)
{
	const struct doubts none = { NULL, 0, 0 };
	struct sql_rows r;
	size_t at = 0;

	sql_select(&r, st, e,
	    sql_for(st, ANSWERS(SQLITE_NUMBERS("$1")),
		ANSWERS(POSTGRES_NUMBERS("$1"))),
	    SQL_VALUES(sql_text(ids)));
	while (sql_next(&r)) {
		struct span s = { .from = sql_column_time(&r, 1),
			.to = sql_column_time(&r, 2) };
		const struct coverage one = { &s, 1, 1 };

		if (!coverage_kind_parse(sql_column_text(&r, 3), &s.kind))
			return sql_broken(&r, "coverage");
		for (size_t i = find(l, &at, &r); is_of(l, i, &r); i++)
			l->v[i].answered += hole_answered(&one, &none,
			    l->v[i].h.from_ts, l->v[i].h.to_ts);
	}
	return sql_end(&r);
}

#define ADJUSTMENTS(listed)                                                    \
	"SELECT symbol, from_ts, to_ts, factor FROM adjustments "              \
	"WHERE symbol IN (SELECT symbol FROM series WHERE series_id" listed    \
	") ORDER BY symbol"

/* An adjustment of its prices: no bar has two. */
static void
adjust(const struct adjustment *a, struct hole_row *h)
{
	struct bar before = { .t = h->from_ts, .c = h->before };
	struct bar after = { .t = h->to_ts, .o = h->after };

	if (split_adjust(a, &before))
		h->before = before.c;
	if (split_adjust(a, &after))
		h->after = after.o;
}

static bool
adjust_prices(struct store *st, const char *ids, struct candidates *l,
    struct md_error *e)
{
	struct sql_rows r;
	size_t at = 0;

	sql_select(&r, st, e,
	    sql_for(st, ADJUSTMENTS(SQLITE_NUMBERS("$1")),
		ADJUSTMENTS(POSTGRES_NUMBERS("$1"))),
	    SQL_VALUES(sql_text(ids)));
	while (sql_next(&r)) {
		const struct adjustment a = { sql_column_time(&r, 1),
			sql_column_time(&r, 2), sql_column_real(&r, 3) };

		for (size_t i = find(l, &at, &r); is_of(l, i, &r); i++)
			adjust(&a, &l->v[i].h);
	}
	return sql_end(&r);
}

/* Four questions, however many series and holes there are. */
bool
store_report_holes(struct store *st, int64_t at_least, struct hole_rows *out,
    struct md_error *e)
{
	struct candidates l = { NULL, 0, 0 };
	struct buf ids = BUF_INIT;
	bool good =
	    list_series(st, at_least, &ids, e) &&
	    (ids.len == 0 ||
		read_candidates(st, buf_str(&ids), at_least, &l, e)) &&
	    (l.len == 0 || (read_answers(st, buf_str(&ids), &l, e) &&
			       adjust_prices(st, buf_str(&ids), &l, e)));

	for (size_t i = 0; good && i < l.len; i++) {
		struct hole_row *h;

		/* What nobody asked for is no hole. */
		if (l.v[i].answered < at_least)
			continue;
		h = hole_rows_append(out);
		good = h != NULL || md_nomem(e);
		if (good)
			*h = l.v[i].h;
	}
	free(l.v);
	buf_free(&ids);
	return good;
}
