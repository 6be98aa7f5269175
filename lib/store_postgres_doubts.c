/*
 * What in the data a person should look at: doubtful splits, long holes.
 */
#include <stdio.h>

#include "store_postgres.h"

/* -- splits -- */

struct confirm {
	const char *symbol;
	md_date day;
	int64_t changed;
};

static bool
confirm(struct postgres_store *st, void *ctx, struct md_error *e)
{
	struct confirm *c = ctx;
	char date[11];

	md_date_format(c->day, date);
	return postgres_run(st, e, &c->changed,
	    "UPDATE splits SET confirmed = true "
	    "WHERE symbol = $1 AND execution_date = $2::date",
	    "tt", c->symbol, date);
}

bool
postgres_split_confirm(struct store *base, const char *symbol, md_date day,
    bool *found, struct md_error *e)
{
	struct confirm c = { symbol, day, 0 };

	if (!postgres_write((struct postgres_store *)base, confirm, &c, e))
		return false;
	*found = c.changed > 0;
	return true;
}

bool
postgres_report_doubtful_splits(struct store *base, struct suspicions *out,
    struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT symbol, execution_date::text, split_to, split_from, doubt "
	    "FROM splits WHERE doubt IS NOT NULL AND NOT confirmed "
	    "ORDER BY symbol, execution_date",
	    "");

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct suspicion *s = suspicions_append(out);

		if (s == NULL) {
			PQclear(r);
			return md_nomem(e);
		}
		s->kind = SUSPICION_SPLIT;
		postgres_copy_text(s->symbol, sizeof(s->symbol), r, i, 0);
		(void)md_date_parse(postgres_text(r, i, 1), &s->date);
		(void)snprintf(s->detail, sizeof(s->detail),
		    "%.17g for %.17g: %s", postgres_double(r, i, 2),
		    postgres_double(r, i, 3), postgres_text(r, i, 4));
	}
	PQclear(r);
	return true;
}

/* -- holes -- */

/*
 * Only series with fewer bars than their days allow are read: 251 of 365 days
 * are sessions, or more.
 */
#define MAY_HAVE_HOLES                                                         \
	"SELECT x.series_id, x.symbol, x.since FROM (SELECT r.series_id, "     \
	"r.symbol, r.bar_count, r.newest_ts, coalesce((s.history_from + 1)"    \
	"::timestamp AT TIME ZONE 'UTC', 'epoch') AS since, "                  \
	"(SELECT min(b.ts) FROM bars b WHERE b.series_id = r.series_id) "      \
	"AS first_ts FROM series r JOIN symbols s USING (symbol) "             \
	"WHERE r.timeframe = '1d' AND r.active AND s.active "                  \
	"AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1) AS x "     \
	"WHERE x.bar_count < (extract(epoch FROM x.newest_ts - x.first_ts) "   \
	"* 1000 - $1 / 2) / 86400000.0 * 251 / 365"

/* How much of the hole was asked for and answered, with or without bars. */
#define ANSWERED_WITHIN                                                        \
	"(SELECT coalesce(sum(extract(epoch FROM least(k.to_ts, h.ts) - "      \
	"greatest(k.from_ts, h.last_ts))), 0) * 1000 FROM ("                   \
	"SELECT from_ts, to_ts FROM coverage WHERE series_id = c.series_id "   \
	"AND kind <> 'denied' UNION ALL SELECT from_ts, to_ts FROM doubts "    \
	"WHERE series_id = c.series_id) AS k "                                 \
	"WHERE k.to_ts > h.last_ts AND k.from_ts < h.ts)"

#define FACTOR_AT(ts)                                                          \
	"coalesce((SELECT a.factor FROM adjustments a "                        \
	"WHERE a.symbol = c.symbol AND a.from_ts <= " ts " AND " ts            \
	" < a.to_ts), 1)"

bool
postgres_report_holes(struct store *base, int64_t at_least,
    struct hole_rows *out, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT c.symbol, h.last_ts, h.ts, "
	    "h.last_close / " FACTOR_AT(
		"h.last_ts") ", "
			     "h.open / " FACTOR_AT(
				 "h.ts") " "
					 "FROM (" MAY_HAVE_HOLES
					 ") AS c CROSS JOIN LATERAL ("
					 "SELECT lag(b.ts) OVER w AS last_ts, "
					 "b.ts, "
					 "lag(b.close) OVER w AS last_close, "
					 "b.open FROM bars b "
					 "WHERE b.series_id = c.series_id "
					 "WINDOW w AS (ORDER BY b.ts)) AS h "
					 "WHERE extract(epoch FROM h.ts - "
					 "h.last_ts) * 1000 > $1 "
					 "AND h.ts > c.since "
					 "AND " ANSWERED_WITHIN " >= $1 "
					 "ORDER BY "
					 "c.symbol, h.ts",
	    "i", at_least);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct hole_row *h = hole_rows_append(out);

		if (h == NULL) {
			PQclear(r);
			return md_nomem(e);
		}
		postgres_copy_text(h->symbol, sizeof(h->symbol), r, i, 0);
		h->from_ts = postgres_time(r, i, 1);
		h->to_ts = postgres_time(r, i, 2);
		h->before = postgres_double(r, i, 3);
		h->after = postgres_double(r, i, 4);
	}
	PQclear(r);
	return true;
}
