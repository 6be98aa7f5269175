/*
 * What a server notes down of what its readers did not find.
 */
#include "store/sql.h"

bool
store_request_put(struct store *st, const char *symbol, enum timeframe tf,
    int64_t times, int64_t now, struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO backfill_requests AS b "
	    "(symbol, timeframe, requested_at, requests) "
	    "SELECT $1, $2, $3, $4 "
	    "WHERE (SELECT count(*) FROM backfill_requests) < $5 "
	    "OR EXISTS (SELECT 1 FROM backfill_requests "
	    "WHERE symbol = $1 AND timeframe = $2) "
	    "ON CONFLICT (symbol, timeframe) "
	    "DO UPDATE SET requests = b.requests + $4",
	    SQL_VALUES(sql_text(symbol), sql_text(timeframe_name(tf)),
		sql_stamp(now), sql_int(times), sql_int(REQUESTS_MAX)));
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

bool
store_request_clear(struct store *st, const char *symbol, enum timeframe tf,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "DELETE FROM backfill_requests "
	    "WHERE symbol = $1 AND timeframe = $2",
	    SQL_VALUES(sql_text(symbol), sql_text(timeframe_name(tf))));
}
