/*
 * What concerns calls for all symbols of a market.
 */
#include "store/sqlite/sqlite.h"

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

/* The id of the symbol's 1d series, which is made if there is none. */
static bool
spare_series(struct sqlite_store *st, const char *symbol,
    enum asset_class class, int64_t *id, struct md_error *e)
{
	sqlite3_stmt *stmt;
	int row;

	*id = 0;
	if (!sqlite_run(st, e,
		"INSERT INTO symbols (symbol, asset_class, active) "
		"VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
		"tt", symbol, asset_class_name(class)) ||
	    !sqlite_run(st, e,
		"INSERT INTO series (symbol, timeframe, active) "
		"VALUES (?1, '1d', 0) ON CONFLICT DO NOTHING",
		"t", symbol))
		return false;
	stmt = sqlite_bind(st, e,
	    "SELECT series_id FROM series WHERE symbol = ?1 "
	    "AND timeframe = '1d'",
	    "t", symbol);
	row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);
	if (row == 1) {
		*id = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

bool
sqlite_claim_unrequested(struct store *base, const struct page_name *v,
    size_t n, enum asset_class class, const char *execution_id, int64_t now,
    struct lease *leases, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;
	int64_t id;

	if (!sqlite_begin(st, e))
		return false;
	good = true;
	for (size_t i = 0; good && i < n; i++)
		good = spare_series(st, v[i].text, class, &id, e) &&
		       sqlite_take_lease(st, id, execution_id, now, false,
			   &leases[i], e);
	return sqlite_end(st, good, e);
}
