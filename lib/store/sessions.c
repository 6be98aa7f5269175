/*
 * The exchange's sessions, for queries: they are the calendar's.
 */
#include "market/range.h"
#include "store/internal.h"

struct keep_sessions {
	const struct calendar *calendar;
	md_date today;
};

/* Those from the first bar that a session can cut to tomorrow's. */
static bool
list_sessions(struct store *st, const struct keep_sessions *k,
    struct ranges *out, struct md_error *e)
{
	struct sql_rows r;
	bool none = true;
	int64_t first = 0;

	sql_select(&r, st, e,
	    "SELECT min(" FIRST_BAR ") FROM series JOIN symbols s "
	    "ON s.symbol = series.symbol WHERE timeframe IN ('1m', '5m', "
	    "'15m', '30m') AND asset_class NOT IN ('crypto', 'fx')",
	    SQL_NONE);
	if (sql_next(&r)) {
		none = sql_is_null(&r, 0);
		first = sql_column_time(&r, 0);
	}
	if (!sql_end(&r))
		return false;
	if (none)
		return true;
	for (md_date d = calendar_date(k->calendar, CLASS_STOCK, first);
	     d <= k->today + 1; d++) {
		struct session s;

		if (calendar_session(k->calendar, d, &s) &&
		    !ranges_add(out, s.open_ms, s.close_ms))
			return md_nomem(e);
	}
	return true;
}

static bool
write_sessions(struct store *st, const struct ranges *are,
    const struct ranges *were, struct md_error *e)
{
	size_t i = 0, j = 0;
	bool good = true;

	while (good && (i < are->len || j < were->len)) {
		bool old = j < were->len &&
			   (i == are->len || were->v[j].from <= are->v[i].from);

		if (old && i < are->len && were->v[j].from == are->v[i].from &&
		    were->v[j].to == are->v[i].to) {
			i++;
			j++;
		} else if (old) {
			good = sql_run(st, e,
			    "DELETE FROM sessions WHERE open_ts = $1",
			    SQL_VALUES(sql_time(were->v[j++].from)));
		} else {
			good = sql_run(st, e,
			    "INSERT INTO sessions (open_ts, close_ts) "
			    "VALUES ($1, $2) ON CONFLICT (open_ts) "
			    "DO UPDATE SET close_ts = excluded.close_ts",
			    SQL_VALUES(sql_time(are->v[i].from),
				sql_time(are->v[i].to)));
			i++;
		}
	}
	return good;
}

static bool
keep_sessions(struct store *st, void *ctx, struct md_error *e)
{
	struct ranges are = { NULL, 0, 0 }, were = { NULL, 0, 0 };
	struct sql_rows r;
	bool good = list_sessions(st, ctx, &are, e);

	if (good) {
		sql_select(&r, st, e,
		    "SELECT open_ts, close_ts FROM sessions ORDER BY open_ts",
		    SQL_NONE);
		while (good && sql_next(&r))
			good = ranges_add(&were, sql_column_time(&r, 0),
				   sql_column_time(&r, 1)) ||
			       sql_nomem(&r);
		good = good && sql_end(&r);
	}
	good = good && write_sessions(st, &are, &were, e);
	ranges_free(&are);
	ranges_free(&were);
	return good;
}

bool
store_keep_sessions(struct store *st, const struct calendar *cal, md_date today,
    struct md_error *e)
{
	struct keep_sessions k = { cal, today };

	return sql_write(st, keep_sessions, &k, e);
}
