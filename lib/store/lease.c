/*
 * Leases: who may write a series.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

/* -- claiming -- */

/* Of the series listed in $1; a lease of this run is taken again if $6. */
#define TAKE                                                                   \
	"ON CONFLICT (series_id) DO UPDATE SET execution_id = $2, "            \
	"token = l.token + 1, lease_until = $3 WHERE l.lease_until <= $4 "     \
	"OR l.lease_until > $5 OR ($6 AND l.execution_id = $2) "               \
	"RETURNING series_id, token"

#define SQLITE_TAKE                                                            \
	"INSERT INTO leases AS l (series_id, execution_id, token, "            \
	"lease_until) SELECT value, $2, 1, $3 "                                \
	"FROM json_each('[' || $1 || ']') WHERE TRUE " TAKE

/* Whose page is being stored holds the row: it is not waited for, since it may
 * stand still.  In order: so no two wait for each other. */
#define POSTGRES_TAKE                                                          \
	"WITH unlocked AS MATERIALIZED (SELECT series_id FROM leases "         \
	"WHERE series_id" POSTGRES_NUMBERS(                                    \
	    "$1") "ORDER BY 1 FOR UPDATE SKIP LOCKED) "                        \
		  "INSERT INTO leases AS l (series_id, execution_id, token, "  \
		  "lease_until) SELECT i.id, $2, 1, $3 "                       \
		  "FROM unnest(string_to_array($1, ',')::bigint[]) AS i (id) " \
		  "WHERE i.id IN (SELECT series_id FROM unlocked) "            \
		  "OR NOT EXISTS (SELECT 1 FROM leases o WHERE o.series_id = " \
		  "i.id) "                                                     \
		  "ORDER BY 1 " TAKE

/* The answer's rows: the ids and tokens of those that were free. */
static bool
ask_take(struct store *st, const char *ids, const char *execution_id,
    int64_t now, bool again, struct md_error *e)
{
	return sql_ask(st, e, sql_for(st, SQLITE_TAKE, POSTGRES_TAKE),
	    SQL_VALUES(sql_text(ids), sql_text(execution_id),
		sql_time(now + st->lease_ms), sql_time(now),
		sql_time(now + 2 * LEASE_MS), sql_bool(again)));
}

/* MD_ELEASE, which names the run that holds the lease, as far as the log of
 * runs knows it. */
static bool
lease_held(struct store *st, int64_t series_id, struct md_error *e)
{
	char who[200] = "", since[MD_TIME_MAX];
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT x.pid, x.host, x.started_at FROM leases l "
	    "JOIN scheduler_execution_log x "
	    "ON x.execution_id = l.execution_id WHERE l.series_id = $1",
	    SQL_VALUES(sql_int(series_id)));
	if (sql_next(&r)) {
		md_time_format(sql_column_stamp(&r, 2), since);
		(void)snprintf(who, sizeof(who),
		    " (pid %lld on %.64s, running since %s)",
		    (long long)sql_column_int(&r, 0), sql_column_text(&r, 1),
		    since);
		md_printable(who);
	}
	return sql_end(&r) &&
	       md_fail(e, MD_ELEASE, "another run%s holds the series", who);
}

struct claim {
	int64_t series_id;
	const char *execution_id;
	int64_t now;
	struct lease *lease;
	struct coverage *coverage;
};

/* All answers are taken, whatever the first says. */
static bool
claim(struct store *st, void *ctx, struct md_error *e)
{
	const struct claim *c = ctx;
	struct sql_rows r;
	char id[24];
	bool there = c->series_id <= 0; /* of splits */

	(void)snprintf(id, sizeof(id), "%lld", (long long)c->series_id);
	*c->lease = (struct lease){ .series_id = c->series_id,
		.moves = atomic_load(&st->moves),
		.execution_id = c->execution_id };
	if (!ask_take(st, id, c->execution_id, c->now, true, e) ||
	    !sql_ask(st, e, "SELECT grid FROM series WHERE series_id = $1",
		SQL_VALUES(sql_int(c->series_id))) ||
	    !sql_ask(st, e, COVERAGE_OF_SERIES,
		SQL_VALUES(sql_int(c->series_id))))
		return false;
	sql_answer(&r, st, e);
	if (sql_next(&r))
		c->lease->token = sql_column_int(&r, 1);
	if (!sql_end(&r))
		return false;
	sql_answer(&r, st, e);
	if (sql_next(&r)) {
		there = true;
		c->lease->grid = grid_kind_parse(sql_column_text(&r, 0));
	}
	if (!sql_end(&r))
		return false;
	sql_answer(&r, st, e);
	if (!coverage_of_rows(&r, c->coverage))
		return false;
	if (!there)
		return md_fail(e, MD_EEMPTY,
		    "the series is gone from the store; run this again");
	return c->lease->token != 0 || lease_held(st, c->series_id, e);
}

bool
store_claim(struct store *st, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *lease, struct coverage *coverage,
    struct md_error *e)
{
	struct claim c = { series_id, execution_id, now, lease, coverage };

	return sql_write(st, claim, &c, e);
}

struct claims {
	const int64_t *ids;
	size_t n;
	const char *execution_id;
	int64_t now;
	struct lease *leases;
	struct coverage *coverage;
};

static bool
claim_all(struct store *st, void *ctx, struct md_error *e)
{
	const struct claims *all = ctx;

	for (size_t i = 0; i < all->n; i++) {
		struct claim c = { all->ids[i], all->execution_id, all->now,
			&all->leases[i], &all->coverage[i] };

		if (claim(st, &c, e))
			continue;
		if (e->code != MD_ELEASE && e->code != MD_EEMPTY)
			return false;
		all->leases[i].series_id = 0;
	}
	return true;
}

bool
store_claim_all(struct store *st, const int64_t *ids, size_t n,
    const char *execution_id, int64_t now, struct lease *leases,
    struct coverage *coverage, struct md_error *e)
{
	struct claims c = { ids, n, execution_id, now, leases, coverage };

	return sql_write(st, claim_all, &c, e);
}

struct releases {
	const struct lease *leases;
	size_t n;
};

#define RELEASE                                                                \
	"UPDATE leases SET lease_until = $3 "                                  \
	"WHERE series_id = $1 AND token = $2"

static bool
release_all(struct store *st, void *ctx, struct md_error *e)
{
	const struct releases *all = ctx;
	bool good = true;

	for (size_t i = 0; good && i < all->n; i++)
		good = all->leases[i].series_id == 0 ||
		       sql_run(st, e, RELEASE,
			   SQL_VALUES(sql_int(all->leases[i].series_id),
			       sql_int(all->leases[i].token), sql_time(0)));
	return good;
}

bool
store_release_all(struct store *st, const struct lease *leases, size_t n,
    struct md_error *e)
{
	struct releases all = { leases, n };

	return sql_write(st, release_all, &all, e);
}

/* The row stays, so that the token never falls back. */
bool
store_release(struct store *st, const struct lease *lease, struct md_error *e)
{
	return sql_change(st, e, NULL, RELEASE,
	    SQL_VALUES(sql_int(lease->series_id), sql_int(lease->token),
		sql_time(0)));
}

bool
store_renew(struct store *st, const char *execution_id, int64_t now,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "UPDATE leases SET lease_until = $2 "
	    "WHERE execution_id = $1 AND lease_until > $3",
	    SQL_VALUES(sql_text(execution_id), sql_time(now + st->lease_ms),
		sql_time(0)));
}

/* -- holding -- */

/*
 * Claimed before another server took the place of the store's?  That one may
 * have the lease, and lack what was stored under it.
 */
static bool
is_void(struct store *st, const struct lease *l)
{
	return l->moves != atomic_load(&st->moves);
}

/* The transaction advances the lease, which a takeover prevents, and counts
 * that the series may be another since. */
bool
lease_ask(struct store *st, const struct lease *l, int64_t wall,
    struct md_error *e)
{
	return sql_ask(st, e,
	    "UPDATE leases SET lease_until = $3, writes = writes + 1 "
	    "WHERE series_id = $1 AND token = $2 AND execution_id = $4",
	    SQL_VALUES(sql_int(l->series_id),
		sql_int(is_void(st, l) ? 0 : l->token),
		sql_time(wall + st->lease_ms), sql_text(l->execution_id)));
}

bool
lease_answer(struct store *st, bool *held, struct md_error *e)
{
	struct sql_rows r;

	sql_answer(&r, st, e);
	while (sql_next(&r))
		;
	*held = r.changed == 1;
	return sql_end(&r);
}

bool
lease_lost(struct store *st, const struct lease *l, struct md_error *e)
{
	return md_fail(e, MD_ELEASE, "%s",
	    is_void(st, l) ? "another server took the store over"
			   : "another run took the series over");
}

bool
lease_hold(struct store *st, const struct lease *l, int64_t wall,
    struct md_error *e)
{
	bool held;

	return lease_ask(st, l, wall, e) && lease_answer(st, &held, e) &&
	       (held || lease_lost(st, l, e));
}

/* -- series that may not be wanted at all -- */

struct spare {
	const char *symbol;
	int64_t series_id; /* 0: there is none yet */
	size_t place;      /* of its lease */
	enum grid_kind grid;
};

struct claim_unrequested {
	struct spare *v; /* by symbol, each once */
	size_t len, leases_len;
	enum asset_class class;
	const char *execution_id;
	int64_t now;
	struct lease *leases;
	struct buf symbols; /* a list of them */
};

static int
by_symbol(const void *a, const void *b)
{
	const struct spare *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	return order != 0 ? order
			  : (x->place > y->place) - (x->place < y->place);
}

static int
by_series(const void *a, const void *b)
{
	const struct spare *x = a, *y = b;

	return (x->series_id > y->series_id) - (x->series_id < y->series_id);
}

/* Those that are known; rows and symbols are in the same order. */
static bool
find_series(struct store *st, struct claim_unrequested *c, size_t *known,
    struct md_error *e)
{
	struct sql_rows r;
	size_t i = 0;

	*known = 0;
	sql_select(&r, st, e,
	    sql_for(st,
		"SELECT symbol, series_id, grid FROM series "
		"WHERE timeframe = '1d' "
		"AND symbol" SQLITE_WORDS("$1") "ORDER BY symbol",
		"SELECT symbol, series_id, grid FROM series "
		"WHERE timeframe = '1d' "
		"AND symbol" POSTGRES_WORDS("$1") "ORDER BY symbol"),
	    SQL_VALUES(sql_text(buf_str(&c->symbols))));
	while (sql_next(&r)) {
		const char *symbol = sql_column_text(&r, 0);

		while (i < c->len && strcmp(c->v[i].symbol, symbol) < 0)
			i++;
		if (i == c->len)
			break;
		c->v[i].series_id = sql_column_int(&r, 1);
		c->v[i].grid = grid_kind_parse(sql_column_text(&r, 2));
		++*known;
	}
	return sql_end(&r);
}

/* Those without one. */
static bool
add_series(struct store *st, const struct claim_unrequested *c,
    struct md_error *e)
{
	const struct symbol_entry entry = { .class = c->class,
		.tier = TIER_STANDARD };
	struct buf symbols = BUF_INIT;
	bool good;

	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].series_id == 0)
			list_add(&symbols, c->v[i].symbol);
	good = buf_ok(&symbols) ? symbols_put(st, &symbols, &entry, false, e) &&
				      series_put(st, &symbols, TF_1D, false, e)
				: md_nomem(e);
	buf_free(&symbols);
	return good;
}

static bool
take_all(struct store *st, const struct claim_unrequested *c,
    struct md_error *e)
{
	struct buf ids = BUF_INIT;
	struct sql_rows r;
	bool good;

	qsort(c->v, c->len, sizeof(*c->v), by_series);
	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].series_id != 0)
			list_add_int(&ids, c->v[i].series_id);
	good = buf_ok(&ids) ? ask_take(st, buf_str(&ids), c->execution_id,
				  c->now, false, e)
			    : md_nomem(e);
	buf_free(&ids);
	if (!good)
		return false;
	sql_answer(&r, st, e);
	while (sql_next(&r)) {
		struct spare key = { .series_id = sql_column_int(&r, 0) };
		const struct spare *s =
		    bsearch(&key, c->v, c->len, sizeof(*c->v), by_series);

		if (s == NULL)
			continue;
		c->leases[s->place].series_id = s->series_id;
		c->leases[s->place].token = sql_column_int(&r, 1);
		c->leases[s->place].grid = s->grid;
	}
	return sql_end(&r);
}

static bool
claim_unrequested(struct store *st, void *ctx, struct md_error *e)
{
	struct claim_unrequested *c = ctx;
	size_t known;

	for (size_t i = 0; i < c->leases_len; i++)
		c->leases[i] = (struct lease){ .execution_id = c->execution_id,
			.moves = atomic_load(&st->moves) };
	for (size_t i = 0; i < c->len; i++)
		c->v[i].series_id = 0;
	if (c->len == 0)
		return true;
	qsort(c->v, c->len, sizeof(*c->v), by_symbol);
	return find_series(st, c, &known, e) &&
	       (known == c->len ||
		   (add_series(st, c, e) && find_series(st, c, &known, e))) &&
	       take_all(st, c, e);
}

bool
store_claim_unrequested(struct store *st, const struct page_name *v, size_t n,
    enum asset_class class, const char *execution_id, int64_t now,
    struct lease *leases, struct md_error *e)
{
	struct claim_unrequested c = { calloc(n + 1, sizeof(*c.v)), 0, n, class,
		execution_id, now, leases, BUF_INIT };
	bool good = c.v != NULL;

	for (size_t i = 0; good && i < n; i++)
		c.v[i] = (struct spare){ v[i].text, 0, i, GRID_UNKNOWN };
	if (good && n > 0)
		qsort(c.v, n, sizeof(*c.v), by_symbol);
	for (size_t i = 0; good && i < n; i++)
		if (c.len == 0 ||
		    strcmp(c.v[c.len - 1].symbol, c.v[i].symbol) != 0) {
			c.v[c.len++] = c.v[i];
			list_add(&c.symbols, c.v[i].symbol);
		}
	good = good && buf_ok(&c.symbols);
	good = good ? sql_write(st, claim_unrequested, &c, e) : md_nomem(e);
	free(c.v);
	buf_free(&c.symbols);
	return good;
}
