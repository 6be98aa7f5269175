/*
 * What a server notes down of what its readers did not find.
 */
#include "store/sql.h"

#include <stdio.h>

#include "base/mdtime.h"
#include "store/requests.h"

/* Dropped before this, it may be requested again. */
static struct sql_value
forgotten_before(int64_t now)
{
	return sql_stamp(now - REQUEST_DROPPED_MS);
}

bool
store_request_look(struct store *st, const char *symbol, enum timeframe tf,
    int64_t now, enum request_state *out, struct md_error *e)
{
	int64_t state = REQUEST_NONE;
	bool good = sql_first_int(st, e, &state,
	    "SELECT CAST (CASE WHEN EXISTS (SELECT 1 FROM backfill_requests "
	    "WHERE symbol = $1 AND timeframe = $2) THEN $5 "
	    "WHEN EXISTS (SELECT 1 FROM empty_requests WHERE symbol = $1 "
	    "AND timeframe = $2 AND dropped_at > $3) THEN $6 "
	    "WHEN (SELECT count(*) FROM backfill_requests) >= $4 THEN $7 "
	    "ELSE $8 END AS bigint)",
	    SQL_VALUES(sql_text(symbol), sql_text(timeframe_name(tf)),
		forgotten_before(now), sql_int(REQUESTS_MAX),
		sql_int(REQUEST_CANDIDATE), sql_int(REQUEST_DROPPED),
		sql_int(REQUEST_FULL), sql_int(REQUEST_NONE)));

	*out = (enum request_state)state;
	return good;
}

struct put {
	const char *symbol;
	enum timeframe timeframe;
	int64_t times, now;
	int64_t changed;
};

static bool
put_request(struct store *st, void *ctx, struct md_error *e)
{
	struct put *p = ctx;
	const struct sql_value symbol = sql_text(p->symbol),
			       tf = sql_text(timeframe_name(p->timeframe));

	return sql_run(st, e,
		   "DELETE FROM empty_requests WHERE dropped_at <= $1",
		   SQL_VALUES(forgotten_before(p->now))) &&
	       sql_run_counted(st, e, &p->changed,
		   "INSERT INTO backfill_requests AS b "
		   "(symbol, timeframe, requested_at, requests) "
		   "SELECT $1, $2, $3, $4 "
		   "WHERE ((SELECT count(*) FROM backfill_requests) < $5 "
		   "AND NOT EXISTS (SELECT 1 FROM empty_requests "
		   "WHERE symbol = $1 AND timeframe = $2 "
		   "AND dropped_at IS NOT NULL)) "
		   "OR EXISTS (SELECT 1 FROM backfill_requests "
		   "WHERE symbol = $1 AND timeframe = $2) "
		   "ON CONFLICT (symbol, timeframe) "
		   "DO UPDATE SET requests = b.requests + $4",
		   SQL_VALUES(symbol, tf, sql_stamp(p->now), sql_int(p->times),
		       sql_int(REQUESTS_MAX)));
}

bool
store_request_put(struct store *st, const char *symbol, enum timeframe tf,
    int64_t times, int64_t now, bool *noted, struct md_error *e)
{
	struct put p = { symbol, tf, times, now, 0 };
	bool good = sql_write(st, put_request, &p, e);

	*noted = good && p.changed > 0;
	return good;
}

/* Adds a row to the list if it has one of the timeframes. */
static bool
add_request(struct symbol_list *l, unsigned timeframes,
    const struct sql_rows *r, struct md_error *e)
{
	struct symbol_entry entry = { .tier = TIER_STANDARD };
	const char *symbol = sql_column_text(r, 0);
	enum timeframe tf;

	/* What is no series somebody else wrote there. */
	if (!sql_column_timeframe(r, 1, &tf) || (timeframes & 1U << tf) == 0 ||
	    !symbol_normalize(symbol, symbol_class(symbol), entry.symbol, NULL))
		return true;
	entry.class = symbol_class(symbol);
	entry.timeframes = 1U << tf;
	return symbol_list_add(l, &entry, e);
}

bool
store_requests(struct store *st, unsigned timeframes, struct symbol_list *l,
    struct md_error *e)
{
	struct sql_rows r;
	bool good = true;

	sql_select(&r, st, e,
	    "SELECT symbol, timeframe FROM backfill_requests "
	    "ORDER BY symbol, timeframe",
	    SQL_NONE);
	while (good && sql_next(&r))
		good = add_request(l, timeframes, &r, e);
	return sql_end(&r) && good;
}

/* -- what became of a candidate -- */

struct settle {
	const char *symbol;
	enum timeframe timeframe;
	bool came, answered;
	int64_t now;
	bool dropped;
};

/* Is it there, with bars, and looked after? */
static bool
read_series(struct store *st, const struct settle *s, bool *has_bars,
    bool *active, struct md_error *e)
{
	struct sql_rows r;

	*has_bars = *active = false;
	sql_select(&r, st, e,
	    "SELECT r.newest_ts IS NOT NULL, r.active AND s.active "
	    "FROM series r JOIN symbols s ON s.symbol = r.symbol "
	    "WHERE r.symbol = $1 AND r.timeframe = $2",
	    SQL_VALUES(sql_text(s->symbol),
		sql_text(timeframe_name(s->timeframe))));
	while (sql_next(&r)) {
		*has_bars = sql_column_bool(&r, 0);
		*active = sql_column_bool(&r, 1);
	}
	return sql_end(&r);
}

#define THIS "WHERE symbol = $1 AND timeframe = $2"

static bool
serve_request(struct store *st, const struct settle *s, struct md_error *e)
{
	const struct sql_value v[] = { sql_text(s->symbol),
		sql_text(timeframe_name(s->timeframe)) };

	return sql_run(st, e,
		   "UPDATE symbols SET active = TRUE "
		   "WHERE symbol = $1 AND NOT active",
		   v, 1) &&
	       sql_run(st, e,
		   "UPDATE series SET active = TRUE " THIS " AND NOT active", v,
		   2) &&
	       sql_run(st, e, "DELETE FROM empty_requests " THIS, v, 2) &&
	       sql_run(st, e, "DELETE FROM backfill_requests " THIS, v, 2);
}

static bool
count_empty(struct store *st, struct settle *s, struct md_error *e)
{
	const struct sql_value symbol = sql_text(s->symbol),
			       tf = sql_text(timeframe_name(s->timeframe));
	int64_t changed;

	if (!sql_run(st, e,
		"INSERT INTO empty_requests AS x (symbol, timeframe, answers) "
		"SELECT symbol, timeframe, 1 FROM backfill_requests " THIS
		" ON CONFLICT (symbol, timeframe) DO UPDATE SET "
		"answers = CASE WHEN x.dropped_at IS NULL THEN x.answers + 1 "
		"ELSE 1 END, dropped_at = NULL",
		SQL_VALUES(symbol, tf)) ||
	    !sql_run_counted(st, e, &changed,
		"UPDATE empty_requests SET dropped_at = $3 " THIS
		" AND answers >= $4 AND dropped_at IS NULL",
		SQL_VALUES(symbol, tf, sql_stamp(s->now),
		    sql_int(DOUBT_ANSWERS))))
		return false;
	s->dropped = changed > 0;
	return !s->dropped ||
	       sql_run(st, e, "DELETE FROM backfill_requests " THIS,
		   SQL_VALUES(symbol, tf));
}

static bool
settle(struct store *st, void *ctx, struct md_error *e)
{
	struct settle *s = ctx;
	bool has_bars, active;

	s->dropped = false;
	if (!read_series(st, s, &has_bars, &active, e))
		return false;
	/* Older bars alone do not tell that it lives. */
	if (has_bars && (s->came || active))
		return serve_request(st, s, e);
	return !s->answered || count_empty(st, s, e);
}

bool
store_request_settle(struct store *st, const struct request_outcome *o,
    bool *dropped, struct md_error *e)
{
	struct settle s = { o->symbol, o->timeframe, o->came, o->answered,
		o->now, false };
	bool good = sql_write(st, settle, &s, e);

	*dropped = good && s.dropped;
	return good;
}

bool
store_report_dropped(struct store *st, int64_t since, int64_t now,
    struct suspicions *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT symbol, timeframe, dropped_at FROM empty_requests "
	    "WHERE dropped_at > $1 AND dropped_at <= $2 "
	    "ORDER BY symbol, timeframe",
	    SQL_VALUES(sql_stamp(since), sql_stamp(now)));
	while (sql_next(&r)) {
		struct suspicion *s = suspicions_append(out);

		if (s == NULL)
			return sql_nomem(&r);
		s->kind = SUSPICION_DROPPED;
		sql_copy_text(s->symbol, sizeof(s->symbol), &r, 0);
		s->date = (md_date)(sql_column_stamp(&r, 2) / MD_DAY);
		(void)snprintf(s->detail, sizeof(s->detail),
		    "%.8s was requested, but %d answers had no bar: no longer "
		    "tried; is the symbol right?",
		    sql_column_text(&r, 1), DOUBT_ANSWERS);
	}
	return sql_end(&r);
}
