/*
 * What concerns calls for all symbols of a market.
 */
#include "store_sqlite.h"

bool
sqlite_grouped_deny(struct store *base, const struct grouped_denial *d,
    struct md_error *e)
{
	char date[11];

	md_date_format(d->date, date);
	return sqlite_run((struct sqlite_store *)base, e,
	    "INSERT OR REPLACE INTO grouped_denied VALUES (?1, ?2, ?3)", "tti",
	    grouped_market_name(d->market), date, d->denied_at);
}

bool
sqlite_grouped_denied(struct store *base, int64_t since,
    struct grouped_denials *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT market, date, denied_at FROM grouped_denied "
	    "WHERE denied_at > ?1",
	    "i", since);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *market = (const char *)sqlite3_column_text(stmt, 0);
		const char *date = (const char *)sqlite3_column_text(stmt, 1);
		struct grouped_denial d;

		d.denied_at = sqlite3_column_int64(stmt, 2);
		if (market == NULL || date == NULL ||
		    !grouped_market_parse(market, &d.market) ||
		    !md_date_parse(date, &d.date))
			continue;
		if (!grouped_denials_add(out, d)) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
	}
	return row == 0;
}
