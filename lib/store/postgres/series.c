/*
 * What is kept: symbols and series.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

/* -- what is kept -- */

struct keep {
	const struct symbol_list *l;
	unsigned timeframes;
	bool whole;
};

/* The list's lines, and the series that they stand for, as arrays. */
struct lines {
	struct buf symbols, classes, tiers, described, from;
	struct buf series_symbols, series_timeframes, series_ids;
};

static void
lines_free(struct lines *l)
{
	buf_free(&l->symbols);
	buf_free(&l->classes);
	buf_free(&l->tiers);
	buf_free(&l->described);
	buf_free(&l->from);
	buf_free(&l->series_symbols);
	buf_free(&l->series_timeframes);
	buf_free(&l->series_ids);
}

/* 60 random bits: two programs that make series at once do not ask each other.
 */
bool
postgres_new_series_id(int64_t *id, struct md_error *e)
{
	char uuid[EXECUTION_ID_SIZE], digits[16];
	size_t n = 0;

	if (!uuid_create(uuid))
		return md_fail(e, MD_EIO,
		    "the system has no randomness (/dev/urandom)");
	/* The digit of the version is the same in all of them. */
	for (size_t i = 0; uuid[i] != '\0' && n < sizeof(digits) - 1; i++)
		if (uuid[i] != '-' && i != 14)
			digits[n++] = uuid[i];
	digits[n] = '\0';
	*id = strtoll(digits, NULL, 16);
	return true;
}

static bool
add_line(struct lines *x, const struct symbol_entry *s, unsigned timeframes,
    struct md_error *e)
{
	char from[11] = "";
	int64_t id = 0;

	if (s->has_from)
		md_date_format(s->from, from);
	postgres_array_text(&x->symbols, s->symbol);
	postgres_array_text(&x->classes, asset_class_name(s->class));
	postgres_array_text(&x->tiers, tier_name(s->tier));
	postgres_array_text(&x->described, s->described ? "t" : "f");
	postgres_array_text(&x->from, from);
	if (s->timeframes != 0)
		timeframes = s->timeframes;
	for (int tf = 0; tf < TF_COUNT; tf++) {
		if ((timeframes & 1U << tf) == 0)
			continue;
		if (!postgres_new_series_id(&id, e))
			return false;
		postgres_array_text(&x->series_symbols, s->symbol);
		postgres_array_text(&x->series_timeframes,
		    timeframe_name((enum timeframe)tf));
		postgres_array_int(&x->series_ids, id);
	}
	return true;
}

static bool
make_lines(struct lines *x, const struct keep *k, struct md_error *e)
{
	struct buf *all[] = { &x->symbols, &x->classes, &x->tiers,
		&x->described, &x->from, &x->series_symbols,
		&x->series_timeframes, &x->series_ids };
	bool good = true;

	for (size_t i = 0; good && i < k->l->len; i++)
		good = add_line(x, &k->l->v[i], k->timeframes, e);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		postgres_array_end(all[i]);
		if (!buf_ok(all[i]))
			return md_nomem(e);
	}
	return good;
}

#define LINES                                                                  \
	"SELECT DISTINCT ON (symbol) symbol, class, tier, described, "         \
	"nullif(since, '')::date AS history_from "                             \
	"FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], "      \
	"$5::text[]) "                                                         \
	"WITH ORDINALITY AS l (symbol, class, tier, described, since, n) "     \
	"ORDER BY symbol, described DESC, n DESC"

/* A row that is as it should be is not written: all workers keep the list. */
static bool
keep_lines(struct postgres_store *st, const struct lines *x, struct md_error *e)
{
	return postgres_run(st, e, NULL,
		   "UPDATE symbols s SET active = true, "
		   "asset_class = CASE WHEN l.described THEN l.class "
		   "ELSE s.asset_class END, "
		   "tier = CASE WHEN l.described THEN l.tier ELSE s.tier END, "
		   "history_from = CASE WHEN l.described "
		   "THEN l.history_from ELSE s.history_from END "
		   "FROM (" LINES ") l WHERE s.symbol = l.symbol "
		   "AND (NOT s.active OR (l.described "
		   "AND (s.asset_class <> l.class OR s.tier <> l.tier OR "
		   "s.history_from IS DISTINCT FROM l.history_from)))",
		   "ttttt", buf_str(&x->symbols), buf_str(&x->classes),
		   buf_str(&x->tiers), buf_str(&x->described),
		   buf_str(&x->from)) &&
	       postgres_run(st, e, NULL,
		   "INSERT INTO symbols (symbol, asset_class, tier, "
		   "history_from) SELECT symbol, class, tier, history_from "
		   "FROM (" LINES ") l ON CONFLICT (symbol) DO NOTHING",
		   "ttttt", buf_str(&x->symbols), buf_str(&x->classes),
		   buf_str(&x->tiers), buf_str(&x->described),
		   buf_str(&x->from));
}

#define PAIRS                                                                  \
	"unnest($1::text[], $2::text[], $3::bigint[]) "                        \
	"AS l (symbol, timeframe, id)"

static bool
keep_series(struct postgres_store *st, const struct lines *x,
    struct md_error *e)
{
	const char *symbols = buf_str(&x->series_symbols);
	const char *timeframes = buf_str(&x->series_timeframes);
	const char *ids = buf_str(&x->series_ids);

	return postgres_run(st, e, NULL,
		   "UPDATE series r SET active = true FROM " PAIRS
		   " WHERE r.symbol = l.symbol AND r.timeframe = l.timeframe "
		   "AND NOT r.active",
		   "ttt", symbols, timeframes, ids) &&
	       postgres_run(st, e, NULL,
		   "INSERT INTO series (series_id, symbol, timeframe) "
		   "SELECT max(id), symbol, timeframe FROM " PAIRS
		   " WHERE NOT EXISTS (SELECT 1 FROM series r "
		   "WHERE r.symbol = l.symbol AND r.timeframe = l.timeframe) "
		   "GROUP BY symbol, timeframe "
		   "ON CONFLICT (symbol, timeframe) DO NOTHING",
		   "ttt", symbols, timeframes, ids);
}

/* What the whole list does not name any more. */
static bool
retire(struct postgres_store *st, const struct lines *x, struct md_error *e)
{
	return postgres_run(st, e, NULL,
		   "UPDATE symbols SET active = false "
		   "WHERE active AND symbol <> ALL ($1::text[])",
		   "t", buf_str(&x->symbols)) &&
	       postgres_run(st, e, NULL,
		   "UPDATE series r SET active = false WHERE active "
		   "AND NOT EXISTS (SELECT 1 FROM " PAIRS
		   " WHERE l.symbol = r.symbol "
		   "AND l.timeframe = r.timeframe)",
		   "ttt", buf_str(&x->series_symbols),
		   buf_str(&x->series_timeframes), buf_str(&x->series_ids));
}

static bool
keep(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct keep *k = ctx;
	struct lines x = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT,
		BUF_INIT, BUF_INIT, BUF_INIT };
	bool good = make_lines(&x, k, e) && (!k->whole || retire(st, &x, e)) &&
		    keep_lines(st, &x, e) && keep_series(st, &x, e);

	lines_free(&x);
	return good;
}

bool
postgres_keep(struct store *base, const struct symbol_list *l,
    unsigned timeframes, bool whole, struct md_error *e)
{
	struct keep k = { l, timeframes, whole };

	return postgres_write((struct postgres_store *)base, keep, &k, e);
}

/* -- coverage -- */

static bool
add_span(struct coverage *c, const PGresult *r, int row, int first)
{
	struct span s = { postgres_time(r, row, first),
		postgres_time(r, row, first + 1),
		postgres_time(r, row, first + 2), COVERAGE_BARS };

	return coverage_kind_parse(postgres_text(r, row, first + 3), &s.kind) &&
	       coverage_append(c, s);
}

bool
postgres_coverage_rows(const PGresult *r, struct coverage *c)
{
	bool good = true;

	c->len = 0;
	for (int i = 0; good && i < PQntuples(r); i++)
		good = add_span(c, r, i, 0);
	return good;
}

bool
postgres_read_coverage(struct postgres_store *st, int64_t series_id,
    struct coverage *c, struct md_error *e)
{
	PGresult *r = postgres_query(st, e, SELECT_COVERAGE, "i", series_id);
	bool good;

	if (r == NULL)
		return false;
	good = postgres_coverage_rows(r, c);
	PQclear(r);
	return good || md_nomem(e);
}

/* -- the series of a list -- */

static bool
read_series(const PGresult *r, int row, struct stored_series *s)
{
	const char *tf = postgres_text(r, row, 4);

	s->id = postgres_int(r, row, 0);
	postgres_copy_text(s->symbol, sizeof(s->symbol), r, row, 1);
	s->splits_checked_ms = postgres_time(r, row, 5);
	s->features_pending = postgres_int(r, row, 6) != 0;
	s->has_from = !postgres_null(r, row, 7) &&
		      md_date_parse(postgres_text(r, row, 7), &s->from);
	s->derived = postgres_int(r, row, 9) != 0;
	s->grid = grid_kind_parse(postgres_text(r, row, 10));
	s->has_splits_from =
	    !postgres_null(r, row, 8) &&
	    md_date_parse(postgres_text(r, row, 8), &s->splits_from);
	return timeframe_parse(tf, strlen(tf), &s->timeframe) &&
	       asset_class_parse(postgres_text(r, row, 2), &s->class) &&
	       tier_parse(postgres_text(r, row, 3), &s->tier);
}

#define SERIES_COLUMNS                                                         \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"s.splits_checked_ms, r.features_from IS NOT NULL, "                   \
	"s.history_from::text, s.splits_from::text, "                          \
	"EXISTS (SELECT 1 FROM derived d WHERE d.series_id = r.series_id), "   \
	"r.grid "                                                              \
	"FROM series r JOIN symbols s USING (symbol) "

static int
by_symbol(const void *a, const void *b)
{
	const struct stored_series *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	if (order != 0)
		return order;
	return (x->timeframe > y->timeframe) - (x->timeframe < y->timeframe);
}

/* Rows as they come, sorted by symbol and timeframe. */
static bool
all_rows(struct postgres_store *st, PGresult *r, struct stored_series_list *out,
    struct md_error *e)
{
	if (r == NULL)
		return false;
	for (int i = 0; i < PQntuples(r); i++) {
		struct stored_series *s = stored_series_append(out);

		if (s == NULL) {
			PQclear(r);
			return md_nomem(e);
		}
		if (!read_series(r, i, s))
			return postgres_broken(st, r, "a series", e);
	}
	PQclear(r);
	if (out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), by_symbol);
	return true;
}

static bool
append_series(struct stored_series_list *out, const struct stored_series *s)
{
	struct stored_series *v = stored_series_append(out);

	if (v != NULL)
		*v = *s;
	return v != NULL;
}

/* Those of the list in its order, of the timeframes and tiers wanted. */
static bool
pick(const struct stored_series_list *all, const struct symbol_list *l,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out)
{
	size_t from = 0, to = all->len;

	for (size_t k = 0; k < (l == NULL ? 1 : l->len); k++) {
		unsigned bits = timeframes;

		if (l != NULL) {
			size_t low = 0, high = all->len;

			while (low < high) {
				size_t mid = low + (high - low) / 2;

				if (strcmp(all->v[mid].symbol, l->v[k].symbol) <
				    0)
					low = mid + 1;
				else
					high = mid;
			}
			from = to = low;
			while (to < all->len &&
			       strcmp(all->v[to].symbol, l->v[k].symbol) == 0)
				to++;
			if (l->v[k].timeframes != 0)
				bits = l->v[k].timeframes;
		}
		for (size_t i = from; i < to; i++)
			if ((tiers & 1U << all->v[i].tier) != 0 &&
			    (bits & 1U << all->v[i].timeframe) != 0 &&
			    !append_series(out, &all->v[i]))
				return false;
	}
	return true;
}

/* Where a series stands, to fill in what belongs to it. */
struct place {
	int64_t id;
	size_t at;
};

static int
by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* One query for the coverage of all of them. */
static bool
fill_coverage(struct postgres_store *st, struct stored_series_list *l,
    struct md_error *e)
{
	struct place *places = calloc(l->len + 1, sizeof(*places));
	struct buf ids = BUF_INIT;
	PGresult *r = NULL;
	size_t at = 0;
	bool good = places != NULL;

	for (size_t i = 0; good && i < l->len; i++) {
		places[i] = (struct place){ l->v[i].id, i };
		postgres_array_int(&ids, l->v[i].id);
	}
	postgres_array_end(&ids);
	good = good && buf_ok(&ids);
	if (!good) {
		(void)md_nomem(e);
	} else {
		r = postgres_query(st, e,
		    "SELECT series_id, from_ts, to_ts, fetched_at, kind "
		    "FROM coverage WHERE series_id = ANY ($1::bigint[]) "
		    "ORDER BY series_id, from_ts",
		    "t", buf_str(&ids));
		good = r != NULL;
		qsort(places, l->len, sizeof(*places), by_id);
	}
	for (int i = 0; good && i < PQntuples(r); i++) {
		while (places[at].id != postgres_int(r, i, 0))
			at++;
		good = add_span(&l->v[places[at].at].coverage, r, i, 1) ||
		       md_nomem(e);
	}
	PQclear(r);
	buf_free(&ids);
	free(places);
	return good;
}

static PGresult *
select_series(struct postgres_store *st, const struct symbol_list *l,
    struct md_error *e)
{
	struct buf symbols = BUF_INIT;
	PGresult *r = NULL;

	if (l == NULL)
		return postgres_query(st, e,
		    SERIES_COLUMNS "WHERE r.active AND s.active", "");
	for (size_t i = 0; i < l->len; i++)
		postgres_array_text(&symbols, l->v[i].symbol);
	postgres_array_end(&symbols);
	if (buf_ok(&symbols))
		r = postgres_query(st, e,
		    SERIES_COLUMNS "WHERE r.symbol = ANY ($1::text[])", "t",
		    buf_str(&symbols));
	else
		(void)md_nomem(e);
	buf_free(&symbols);
	return r;
}

bool
postgres_series(struct store *base, const struct symbol_list *l,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	struct stored_series_list all = { NULL, 0, 0 };
	bool good = all_rows(st, select_series(st, l, e), &all, e);

	if (good && !pick(&all, l, timeframes, tiers, out))
		good = md_nomem(e);
	stored_series_list_free(&all); /* none has coverage yet */
	good = good && (out->len == 0 || fill_coverage(st, out, e));
	if (!good)
		stored_series_list_free(out);
	return good;
}
