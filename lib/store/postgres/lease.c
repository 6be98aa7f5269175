/*
 * Leases: who may write a series.
 */
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

struct claim_work {
	int64_t series_id;
	const char *execution_id;
	int64_t now;
	struct lease *lease;
	struct coverage *coverage;
};

#define LEASE_IS_FREE "(l.lease_until <= $4 OR l.lease_until > $5"

/* Whose page is being stored holds the row: it is not waited for, since it may
 * stand still. */
#define NOBODY_STORES                                                          \
	"(EXISTS (SELECT 1 FROM leases WHERE series_id = $1 "                  \
	"FOR UPDATE SKIP LOCKED) "                                             \
	"OR NOT EXISTS (SELECT 1 FROM leases WHERE series_id = $1)) "

static bool
claim_work(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct claim_work *c = ctx;
	PGresult *r = postgres_query(st, e,
	    "INSERT INTO leases AS l (series_id, execution_id, token, "
	    "lease_until) SELECT $1, $2, 1, $3 WHERE " NOBODY_STORES
	    "ON CONFLICT (series_id) DO UPDATE SET execution_id = $2, "
	    "token = l.token + 1, lease_until = $3 "
	    "WHERE " LEASE_IS_FREE " OR l.execution_id = $2) RETURNING token, "
	    "(SELECT s.grid FROM series s WHERE s.series_id = $1)",
	    "itmmm", c->series_id, c->execution_id, c->now + st->base.lease_ms,
	    c->now, c->now + 2 * LEASE_MS);
	bool mine;

	if (r == NULL)
		return false;
	mine = PQntuples(r) == 1;
	if (mine) {
		c->lease->series_id = c->series_id;
		c->lease->execution_id = c->execution_id;
		c->lease->token = postgres_int(r, 0, 0);
		c->lease->grid = grid_kind_parse(postgres_text(r, 0, 1));
	}
	PQclear(r);
	if (!mine)
		return md_fail(e, MD_ELEASE, "another run holds the series");
	return postgres_read_coverage(st, c->series_id, c->coverage, e);
}

bool
postgres_claim(struct store *base, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *lease, struct coverage *coverage,
    struct md_error *e)
{
	struct claim_work c = { series_id, execution_id, now, lease, coverage };

	return postgres_write((struct postgres_store *)base, claim_work, &c, e);
}

/* The row stays, so that the token never falls back. */
static bool
release(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct lease *l = ctx;

	return postgres_run(st, e, NULL,
	    "UPDATE leases SET lease_until = 'epoch' "
	    "WHERE series_id = $1 AND token = $2",
	    "ii", l->series_id, l->token);
}

bool
postgres_release(struct store *base, const struct lease *lease,
    struct md_error *e)
{
	struct lease l = *lease;

	return postgres_write((struct postgres_store *)base, release, &l, e);
}

static bool
renew(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct claim_work *c = ctx;

	return postgres_run(st, e, NULL,
	    "UPDATE leases SET lease_until = $2 "
	    "WHERE execution_id = $1 AND lease_until > 'epoch'",
	    "tm", c->execution_id, c->now + st->base.lease_ms);
}

bool
postgres_renew(struct store *base, const char *execution_id, int64_t now,
    struct md_error *e)
{
	struct claim_work c = { 0, execution_id, now, NULL, NULL };

	return postgres_write((struct postgres_store *)base, renew, &c, e);
}

/* The transaction advances the lease, which a takeover prevents. */
bool
postgres_ask_lease(struct postgres_store *st, const struct lease *lease,
    int64_t wall, struct md_error *e)
{
	return postgres_ask(st, e,
	    "UPDATE leases SET lease_until = $3 WHERE series_id = $1 "
	    "AND token = $2 AND execution_id = $4",
	    "iimt", lease->series_id, lease->token, wall + st->base.lease_ms,
	    lease->execution_id);
}

bool
postgres_lease_held(PGresult *r, struct md_error *e)
{
	if (postgres_changed(r) == 1)
		return true;
	return md_fail(e, MD_ELEASE, "another run took the series over");
}

bool
postgres_hold_lease(struct postgres_store *st, const struct lease *lease,
    int64_t wall, struct md_error *e)
{
	PGresult *r;
	bool held;

	if (!postgres_ask_lease(st, lease, wall, e) ||
	    (r = postgres_answer(st, e)) == NULL)
		return false;
	held = postgres_lease_held(r, e);
	PQclear(r);
	return held;
}

/* -- series that may not be wanted at all -- */

struct claim_unrequested {
	const struct page_name *v;
	size_t n;
	enum asset_class class;
	const char *execution_id;
	int64_t now;
	struct lease *leases;
	struct buf symbols, ids; /* as arrays */
};

/* Those that are not known.  In order: so no two wait for each other. */
static bool
add_spare(struct postgres_store *st, const struct claim_unrequested *c,
    struct md_error *e)
{
	const char *symbols = buf_str(&c->symbols);

	return postgres_run(st, e, NULL,
		   "INSERT INTO symbols (symbol, asset_class, active) "
		   "SELECT DISTINCT l.symbol, $2, false "
		   "FROM unnest($1::text[]) AS l (symbol) "
		   "WHERE NOT EXISTS (SELECT 1 FROM symbols s "
		   "WHERE s.symbol = l.symbol) "
		   "ORDER BY 1 ON CONFLICT (symbol) DO NOTHING",
		   "tt", symbols, asset_class_name(c->class)) &&
	       postgres_run(st, e, NULL,
		   "INSERT INTO series (series_id, symbol, timeframe, active) "
		   "SELECT max(l.id), l.symbol, '1d', false "
		   "FROM unnest($1::text[], $2::bigint[]) AS l (symbol, id) "
		   "WHERE NOT EXISTS (SELECT 1 FROM series r "
		   "WHERE r.symbol = l.symbol AND r.timeframe = '1d') "
		   "GROUP BY l.symbol ORDER BY l.symbol "
		   "ON CONFLICT (symbol, timeframe) DO NOTHING",
		   "tt", symbols, buf_str(&c->ids));
}

/* Symbol, series and token of those that were free, by symbol. */
static PGresult *
claim_one_unrequested(struct postgres_store *st,
    const struct claim_unrequested *c, struct md_error *e)
{
	return postgres_query(st, e,
	    "WITH unlocked AS MATERIALIZED (SELECT o.series_id FROM leases o "
	    "JOIN series r USING (series_id) WHERE r.timeframe = '1d' "
	    "AND r.symbol = ANY ($1::text[]) ORDER BY 1 "
	    "FOR UPDATE OF o SKIP LOCKED), "
	    "taken AS (INSERT INTO leases AS l (series_id, "
	    "execution_id, token, lease_until) "
	    "SELECT r.series_id, $2, 1, $3 FROM series r "
	    "WHERE r.timeframe = '1d' AND r.symbol = ANY ($1::text[]) "
	    "AND (r.series_id IN (SELECT series_id FROM unlocked) "
	    "OR NOT EXISTS (SELECT 1 FROM leases o "
	    "WHERE o.series_id = r.series_id)) "
	    "ORDER BY r.series_id ON CONFLICT (series_id) DO UPDATE SET "
	    "execution_id = $2, token = l.token + 1, lease_until = $3 "
	    "WHERE " LEASE_IS_FREE ") RETURNING series_id, token) "
	    "SELECT r.symbol, t.series_id, t.token, r.grid "
	    "FROM taken t JOIN series r USING (series_id) ORDER BY r.symbol",
	    "ttmmm", buf_str(&c->symbols), c->execution_id,
	    c->now + st->base.lease_ms, c->now, c->now + 2 * LEASE_MS);
}

/* The row of the symbol, or -1. */
static int
find_row(const PGresult *r, const char *symbol)
{
	int low = 0, high = PQntuples(r);

	while (low < high) {
		int mid = low + (high - low) / 2;
		int order = strcmp(postgres_text(r, mid, 0), symbol);

		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

static bool
claim_unrequested(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct claim_unrequested *c = ctx;
	PGresult *r;

	if (!add_spare(st, c, e) ||
	    (r = claim_one_unrequested(st, c, e)) == NULL)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		int row = find_row(r, c->v[i].text);

		c->leases[i].execution_id = c->execution_id;
		c->leases[i].series_id = row < 0 ? 0 : postgres_int(r, row, 1);
		c->leases[i].token = row < 0 ? 0 : postgres_int(r, row, 2);
		c->leases[i].grid =
		    row < 0 ? GRID_UNKNOWN
			    : grid_kind_parse(postgres_text(r, row, 3));
	}
	PQclear(r);
	return true;
}

bool
postgres_claim_unrequested(struct store *base, const struct page_name *v,
    size_t n, enum asset_class class, const char *execution_id, int64_t now,
    struct lease *leases, struct md_error *e)
{
	struct claim_unrequested c = { v, n, class, execution_id, now, leases,
		BUF_INIT, BUF_INIT };
	bool good = true;

	for (size_t i = 0; good && i < n; i++) {
		int64_t id;

		good = postgres_new_series_id(&id, e);
		if (!good)
			break;
		postgres_array_text(&c.symbols, v[i].text);
		postgres_array_int(&c.ids, id);
	}
	postgres_array_end(&c.symbols);
	postgres_array_end(&c.ids);
	if (good && (!buf_ok(&c.symbols) || !buf_ok(&c.ids)))
		good = md_nomem(e);
	good = good && postgres_write((struct postgres_store *)base,
			   claim_unrequested, &c, e);
	buf_free(&c.symbols);
	buf_free(&c.ids);
	return good;
}
