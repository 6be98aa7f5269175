/*
 * Days that a call for all symbols of a market was refused.
 */
#include "store/sql.h"
#include "store/vendor.h"

bool
store_grouped_deny(struct store *st, const struct grouped_denial *d,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "INSERT INTO grouped_denied (market, date, denied_at) "
	    "VALUES ($1, $2, $3) ON CONFLICT (market, date) "
	    "DO UPDATE SET denied_at = $3",
	    SQL_VALUES(sql_text(grouped_market_name(d->market)),
		sql_date(d->date), sql_time(d->denied_at)));
}

bool
store_grouped_denied(struct store *st, int64_t since,
    struct grouped_denials *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT market, date, denied_at FROM grouped_denied "
	    "WHERE denied_at > $1",
	    SQL_VALUES(sql_time(since)));
	while (sql_next(&r)) {
		struct grouped_denial d = { .denied_at =
						sql_column_time(&r, 2) };

		if (grouped_market_parse(sql_column_text(&r, 0), &d.market) &&
		    sql_column_date(&r, 1, &d.date) &&
		    !grouped_denials_add(out, d))
			return sql_nomem(&r);
	}
	return sql_end(&r);
}
