/*
 * Days that a call for all symbols of a market was refused.
 */
#include "store/postgres/postgres.h"

static bool
deny(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct grouped_denial *d = ctx;
	char date[11];

	md_date_format(d->date, date);
	return postgres_run(st, e, NULL,
	    "INSERT INTO grouped_denied (market, date, denied_at) "
	    "VALUES ($1, $2::date, $3) ON CONFLICT (market, date) "
	    "DO UPDATE SET denied_at = $3",
	    "ttm", grouped_market_name(d->market), date, d->denied_at);
}

bool
postgres_grouped_deny(struct store *base, const struct grouped_denial *d,
    struct md_error *e)
{
	struct grouped_denial copy = *d;

	return postgres_write((struct postgres_store *)base, deny, &copy, e);
}

bool
postgres_grouped_denied(struct store *base, int64_t since,
    struct grouped_denials *out, struct md_error *e)
{
	PGresult *r = postgres_query((struct postgres_store *)base, e,
	    "SELECT market, date::text, denied_at FROM grouped_denied "
	    "WHERE denied_at > $1",
	    "m", since);
	bool good = true;

	if (r == NULL)
		return false;
	for (int i = 0; good && i < PQntuples(r); i++) {
		struct grouped_denial d;

		d.denied_at = postgres_time(r, i, 2);
		if (grouped_market_parse(postgres_text(r, i, 0), &d.market) &&
		    md_date_parse(postgres_text(r, i, 1), &d.date))
			good = grouped_denials_add(out, d);
	}
	PQclear(r);
	return good || md_nomem(e);
}
