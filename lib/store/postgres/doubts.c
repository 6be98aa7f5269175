/*
 * What in the data a person should look at: doubtful splits, long holes.
 */
#include <stdio.h>

#include "store/postgres/postgres.h"

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
 * are sessions, or more.  By a query of its own: that over the bars is rarely
 * needed, and takes its time to plan where there are many partitions.
 */
static bool
may_have_holes(struct postgres_store *st, int64_t at_least, struct buf *ids,
    struct md_error *e)
{
	PGresult *r = postgres_query(st, e,
	    "SELECT x.series_id FROM (SELECT r.series_id, r.bar_count, "
	    "r.newest_ts, (SELECT min(b.ts) FROM bars b "
	    "WHERE b.series_id = r.series_id) AS first_ts "
	    "FROM series r JOIN symbols s USING (symbol) "
	    "WHERE r.timeframe = '1d' AND r.active AND s.active "
	    "AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1) AS x "
	    "WHERE x.bar_count < (extract(epoch FROM x.newest_ts - x.first_ts) "
	    "* 1000 - $1 / 2) / 86400000.0 * 251 / 365",
	    "i", at_least);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++)
		postgres_array_int(ids, postgres_int(r, i, 0));
	PQclear(r);
	return true;
}

/*
 * The times on either side of the holes of the series in $2.  Times alone:
 * the index has them, while the bars of a series that grew day by day lie in
 * as many places as it has days.
 */
#define HOLES                                                                  \
	"SELECT c.series_id, c.symbol, h.last_ts, h.ts "                       \
	"FROM series c JOIN symbols s USING (symbol) CROSS JOIN LATERAL ("     \
	"SELECT lag(b.ts) OVER (ORDER BY b.ts) AS last_ts, b.ts FROM bars b "  \
	"WHERE b.series_id = c.series_id) AS h "                               \
	"WHERE c.series_id = ANY ($2::bigint[]) "                              \
	"AND h.ts - h.last_ts > $1 * interval '1 millisecond' "                \
	"AND h.ts > coalesce((s.history_from + 1)::timestamp "                 \
	"AT TIME ZONE 'UTC', 'epoch')"

/* How much of the hole was asked for and answered, with or without bars. */
#define ANSWERED_WITHIN                                                        \
	"(SELECT coalesce(sum(extract(epoch FROM least(k.to_ts, h.ts) - "      \
	"greatest(k.from_ts, h.last_ts))), 0) * 1000 FROM ("                   \
	"SELECT from_ts, to_ts FROM coverage WHERE series_id = h.series_id "   \
	"AND kind <> 'denied' UNION ALL SELECT from_ts, to_ts FROM doubts "    \
	"WHERE series_id = h.series_id) AS k "                                 \
	"WHERE k.to_ts > h.last_ts AND k.from_ts < h.ts)"

/* A price beside the hole, adjusted. */
#define PRICE_AT(price, ts)                                                    \
	"(SELECT b." price " / coalesce((SELECT a.factor FROM adjustments a "  \
	"WHERE a.symbol = h.symbol AND a.from_ts <= b.ts "                     \
	"AND b.ts < a.to_ts), 1) FROM bars b "                                 \
	"WHERE b.series_id = h.series_id AND b.ts = " ts "), "

static const char answered_holes[] =
    "SELECT h.symbol, " PRICE_AT("close", "h.last_ts")
	PRICE_AT("open", "h.ts") "h.last_ts, h.ts FROM (" HOLES
				 ") AS h WHERE " ANSWERED_WITHIN
				 " >= $1 ORDER BY h.symbol, h.ts";

static bool
read_holes(struct postgres_store *st, int64_t at_least, const char *ids,
    struct hole_rows *out, struct md_error *e)
{
	PGresult *r =
	    postgres_query(st, e, answered_holes, "it", at_least, ids);

	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct hole_row *h = hole_rows_append(out);

		if (h == NULL) {
			PQclear(r);
			return md_nomem(e);
		}
		postgres_copy_text(h->symbol, sizeof(h->symbol), r, i, 0);
		h->before = postgres_double(r, i, 1);
		h->after = postgres_double(r, i, 2);
		h->from_ts = postgres_time(r, i, 3);
		h->to_ts = postgres_time(r, i, 4);
	}
	PQclear(r);
	return true;
}

bool
postgres_report_holes(struct store *base, int64_t at_least,
    struct hole_rows *out, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	struct buf ids = BUF_INIT;
	bool good = may_have_holes(st, at_least, &ids, e);

	if (good && ids.len > 0) {
		postgres_array_end(&ids);
		good = buf_ok(&ids)
			   ? read_holes(st, at_least, buf_str(&ids), out, e)
			   : md_nomem(e);
	}
	buf_free(&ids);
	return good;
}
