/*
 * What is kept: symbols and series.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "plan/keep.h"
#include "store/internal.h"

/* -- lists as parameters -- */

void
list_add(struct buf *b, const char *word)
{
	buf_printf(b, "%s%s", b->len > 0 ? "," : "", word);
}

void
list_add_int(struct buf *b, int64_t n)
{
	buf_printf(b, "%s%lld", b->len > 0 ? "," : "", (long long)n);
}

/* The parameter of a list's symbols; none: null. */
static bool
list_symbols(struct buf *b, const struct symbol_list *l, struct md_error *e)
{
	for (size_t i = 0; l != NULL && i < l->len; i++)
		list_add(b, l->v[i].symbol);
	return buf_ok(b) || md_nomem(e);
}

/* -- keeping a list -- */

struct keep {
	const struct symbol_list *l;
	unsigned timeframes;
	bool whole;
	const char *symbols; /* those to look at, if not whole */
};

/* Columns from symbol on; false if somebody else wrote it. */
static bool
read_symbol(const struct sql_rows *r, struct kept_symbol *s)
{
	sql_copy_text(s->entry.symbol, sizeof(s->entry.symbol), r, 0);
	s->active = sql_column_bool(r, 3);
	s->entry.has_from = sql_column_date(r, 4, &s->entry.from);
	return asset_class_parse(sql_column_text(r, 1), &s->entry.class) &&
	       tier_parse(sql_column_text(r, 2), &s->entry.tier);
}

#define KEPT                                                                   \
	"SELECT s.symbol, s.asset_class, s.tier, s.active, s.history_from, "   \
	"r.timeframe, r.active FROM symbols s "                                \
	"LEFT JOIN series r ON r.symbol = s.symbol "

static const char *
select_kept(const struct store *st, bool whole)
{
	if (whole)
		return KEPT "ORDER BY s.symbol";
	return sql_for(st,
	    KEPT "WHERE s.symbol" SQLITE_WORDS("$1") "ORDER BY s.symbol",
	    KEPT "WHERE s.symbol" POSTGRES_WORDS("$1") "ORDER BY s.symbol");
}

/* A row for each series, and for each symbol without one. */
static bool
read_kept(struct store *st, const struct keep *k, struct kept_symbols *out,
    struct md_error *e)
{
	struct kept_symbol *s = NULL;
	enum timeframe tf;
	struct sql_rows r;

	sql_select(&r, st, e, select_kept(st, k->whole),
	    SQL_VALUES(sql_text(k->symbols)));
	while (sql_next(&r)) {
		if (s == NULL ||
		    strcmp(s->entry.symbol, sql_column_text(&r, 0)) != 0) {
			s = kept_symbols_append(out);
			if (s == NULL)
				return sql_nomem(&r);
			if (!read_symbol(&r, s))
				return sql_broken(&r, "a symbol");
		}
		if (sql_column_timeframe(&r, 5, &tf) && sql_column_bool(&r, 6))
			s->live |= 1U << tf;
	}
	return sql_end(&r);
}

/* What is only named keeps what is known of it, also what another program has
 * just stored. */
#define PUT_SYMBOLS(each)                                                      \
	"INSERT INTO symbols (symbol, asset_class, tier, history_from, "       \
	"active) SELECT word, $2, $3, $4, $6 FROM " each "WHERE TRUE "         \
	"ON CONFLICT (symbol) DO UPDATE SET active = TRUE, "                   \
	"asset_class = CASE WHEN $5 THEN excluded.asset_class "                \
	"ELSE symbols.asset_class END, "                                       \
	"tier = CASE WHEN $5 THEN excluded.tier ELSE symbols.tier END, "       \
	"history_from = CASE WHEN $5 THEN excluded.history_from "              \
	"ELSE symbols.history_from END WHERE excluded.active"

bool
symbols_put(struct store *st, const struct buf *symbols,
    const struct symbol_entry *s, bool active, struct md_error *e)
{
	return sql_run(st, e,
	    sql_for(st, PUT_SYMBOLS(SQLITE_EACH_WORD("$1")),
		PUT_SYMBOLS(POSTGRES_EACH_WORD("$1"))),
	    SQL_VALUES(sql_text(buf_str(symbols)),
		sql_text(asset_class_name(s->class)),
		sql_text(tier_name(s->tier)),
		sql_date_or_null(s->has_from, s->from), sql_bool(s->described),
		sql_bool(active)));
}

/* Only PostgreSQL needs ids, a list of as many. */
#define PUT_SERIES(from)                                                       \
	"INSERT INTO series (series_id, symbol, timeframe, active) "           \
	"SELECT " from "WHERE TRUE ON CONFLICT (symbol, timeframe) DO UPDATE " \
	"SET active = TRUE WHERE excluded.active AND NOT series.active"

bool
series_put(struct store *st, const struct buf *symbols, enum timeframe tf,
    bool active, struct md_error *e)
{
	struct buf ids = BUF_INIT;
	struct sql_value id = { .null = true };
	bool good = true;

	for (const char *s = buf_str(symbols); good && s != NULL;
	     s = strchr(s + 1, ',')) {
		good = st->sql->series_id == NULL || st->sql->series_id(&id, e);
		if (good && !id.null)
			list_add_int(&ids, id.n);
	}
	if (good && !buf_ok(&ids))
		good = md_nomem(e);
	good = good &&
	       sql_run(st, e,
		   sql_for(st,
		       PUT_SERIES(
			   "NULL, word, $2, $3 FROM " SQLITE_EACH_WORD("$1")),
		       PUT_SERIES("id, word, $2, $3 FROM unnest("
				  "string_to_array($1, ','), string_to_array("
				  "$4, ',')::bigint[]) AS l (word, id) ")),
		   SQL_VALUES(sql_text(buf_str(symbols)),
		       sql_text(timeframe_name(tf)), sql_bool(active),
		       sql_text(buf_str(&ids))));
	buf_free(&ids);
	return good;
}

static bool
same_put(const struct keep_change *a, const struct keep_change *b)
{
	const struct symbol_entry *x = &a->entry, *y = &b->entry;

	return b->put && x->described == y->described &&
	       symbol_entry_alike(x, y);
}

/* Those that are to be alike with one statement. */
static bool
put_symbols(struct store *st, struct keep_changes *l, struct buf *symbols,
    struct md_error *e)
{
	bool good = true;

	for (size_t i = 0; good && i < l->len; i++) {
		if (!l->v[i].put)
			continue;
		buf_clear(symbols);
		for (size_t k = i; k < l->len; k++)
			if (same_put(&l->v[i], &l->v[k])) {
				list_add(symbols, l->v[k].entry.symbol);
				l->v[k].put = k == i;
			}
		good = buf_ok(symbols)
			   ? symbols_put(st, symbols, &l->v[i].entry, true, e)
			   : md_nomem(e);
	}
	return good;
}

static bool
retire_symbols(struct store *st, const struct keep_changes *l,
    struct buf *symbols, struct md_error *e)
{
	buf_clear(symbols);
	for (size_t i = 0; i < l->len; i++)
		if (l->v[i].retire)
			list_add(symbols, l->v[i].entry.symbol);
	if (!buf_ok(symbols))
		return md_nomem(e);
	return symbols->len == 0 ||
	       sql_run(st, e,
		   sql_for(st,
		       "UPDATE symbols SET active = FALSE "
		       "WHERE symbol" SQLITE_WORDS("$1"),
		       "UPDATE symbols SET active = FALSE "
		       "WHERE symbol" POSTGRES_WORDS("$1")),
		   SQL_VALUES(sql_text(buf_str(symbols))));
}

/* Begin or end the series of a timeframe. */
static bool
change_series(struct store *st, const struct keep_changes *l, enum timeframe tf,
    bool begin, struct buf *symbols, struct md_error *e)
{
	buf_clear(symbols);
	for (size_t i = 0; i < l->len; i++)
		if ((begin ? l->v[i].begin : l->v[i].end) & 1U << tf)
			list_add(symbols, l->v[i].entry.symbol);
	if (!buf_ok(symbols))
		return md_nomem(e);
	if (symbols->len == 0)
		return true;
	if (begin)
		return series_put(st, symbols, tf, true, e);
	return sql_run(st, e,
	    sql_for(st,
		"UPDATE series SET active = FALSE WHERE timeframe = $2 "
		"AND symbol" SQLITE_WORDS("$1"),
		"UPDATE series SET active = FALSE WHERE timeframe = $2 "
		"AND symbol" POSTGRES_WORDS("$1")),
	    SQL_VALUES(sql_text(buf_str(symbols)),
		sql_text(timeframe_name(tf))));
}

/* All workers keep the same list: what is as it should be is not written, and
 * what is written is written in order, so that no two wait for each other. */
static bool
keep(struct store *st, void *ctx, struct md_error *e)
{
	const struct keep *k = ctx;
	struct kept_symbols stored = { NULL, 0, 0 };
	struct keep_changes changes = { NULL, 0, 0 };
	struct buf symbols = BUF_INIT;
	bool good =
	    read_kept(st, k, &stored, e) &&
	    (keep_judge(k->l, k->timeframes, k->whole, &stored, &changes) ||
		md_nomem(e)) &&
	    retire_symbols(st, &changes, &symbols, e) &&
	    put_symbols(st, &changes, &symbols, e);

	for (int tf = 0; good && tf < TF_COUNT; tf++)
		good = change_series(st, &changes, (enum timeframe)tf, false,
			   &symbols, e) &&
		       change_series(st, &changes, (enum timeframe)tf, true,
			   &symbols, e);
	buf_free(&symbols);
	kept_symbols_free(&stored);
	keep_changes_free(&changes);
	return good;
}

bool
store_keep(struct store *st, const struct symbol_list *l, unsigned timeframes,
    bool whole, struct md_error *e)
{
	struct keep k = { l, timeframes, whole, NULL };
	struct buf symbols = BUF_INIT;
	bool good = list_symbols(&symbols, l, e);

	k.symbols = buf_str(&symbols);
	good = good && sql_write(st, keep, &k, e);
	buf_free(&symbols);
	return good;
}

/* Those of one class and timeframe with one statement. */
static bool
add_candidates(struct store *st, const struct symbol_list *l,
    enum asset_class class, enum timeframe tf, struct buf *symbols,
    struct md_error *e)
{
	const struct symbol_entry entry = { .class = class,
		.tier = TIER_STANDARD };

	buf_clear(symbols);
	for (size_t i = 0; i < l->len; i++)
		if (l->v[i].class == class && l->v[i].timeframes & 1U << tf)
			list_add(symbols, l->v[i].symbol);
	if (!buf_ok(symbols))
		return md_nomem(e);
	return symbols->len == 0 ||
	       (symbols_put(st, symbols, &entry, false, e) &&
		   series_put(st, symbols, tf, false, e));
}

static bool
keep_candidates(struct store *st, void *ctx, struct md_error *e)
{
	const struct symbol_list *l = ctx;
	struct buf symbols = BUF_INIT;
	bool good = true;

	for (int c = 0; c < CLASS_COUNT; c++)
		for (int tf = 0; good && tf < TF_COUNT; tf++)
			good = add_candidates(st, l, (enum asset_class)c,
			    (enum timeframe)tf, &symbols, e);
	buf_free(&symbols);
	return good;
}

bool
store_keep_candidates(struct store *st, const struct symbol_list *l,
    struct md_error *e)
{
	struct symbol_list copy = *l; /* a context is not const */

	return sql_write(st, keep_candidates, &copy, e);
}

/* -- the series of a list -- */

#define SERIES                                                                 \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"s.splits_checked_ms, r.features_from IS NOT NULL, s.history_from, "   \
	"s.splits_from, EXISTS (SELECT 1 FROM derived d "                      \
	"WHERE d.series_id = r.series_id), r.grid, s.dividends_checked_ms, "   \
	"s.dividends_from "                                                    \
	"FROM series r JOIN symbols s ON s.symbol = r.symbol "

static void
read_known(const struct sql_rows *r, int checked, int from,
    struct actions_known *out)
{
	out->checked_ms = sql_column_time(r, checked);
	out->has_from = sql_column_date(r, from, &out->from);
}

static bool
read_series(const struct sql_rows *r, struct stored_series *s)
{
	s->id = sql_column_int(r, 0);
	sql_copy_text(s->symbol, sizeof(s->symbol), r, 1);
	s->features_pending = sql_column_bool(r, 6);
	s->has_from = sql_column_date(r, 7, &s->from);
	read_known(r, 5, 8, &s->known[ACTION_SPLITS]);
	read_known(r, 11, 12, &s->known[ACTION_DIVIDENDS]);
	s->derived = sql_column_bool(r, 9);
	s->grid = grid_kind_parse(sql_column_text(r, 10));
	return asset_class_parse(sql_column_text(r, 2), &s->class) &&
	       tier_parse(sql_column_text(r, 3), &s->tier) &&
	       sql_column_timeframe(r, 4, &s->timeframe);
}

static const char *
select_series(const struct store *st, bool all)
{
	if (all)
		return SERIES "WHERE r.active AND s.active";
	return sql_for(st, SERIES "WHERE r.symbol" SQLITE_WORDS("$1"),
	    SERIES "WHERE r.symbol" POSTGRES_WORDS("$1"));
}

static int
by_symbol(const void *a, const void *b)
{
	const struct stored_series *x = a, *y = b;
	int order = strcmp(x->symbol, y->symbol);

	return order != 0 ? order : (int)x->timeframe - (int)y->timeframe;
}

/* By symbol and timeframe, without their coverage. */
static bool
all_series(struct store *st, const struct symbol_list *l,
    struct stored_series_list *out, struct md_error *e)
{
	struct buf symbols = BUF_INIT;
	struct stored_series *s;
	struct sql_rows r;

	if (!list_symbols(&symbols, l, e)) {
		buf_free(&symbols);
		return false;
	}
	sql_select(&r, st, e, select_series(st, l == NULL),
	    SQL_VALUES(sql_text(buf_str(&symbols))));
	buf_free(&symbols);
	while (sql_next(&r)) {
		s = ARRAY_NEXT(out);
		if (s == NULL)
			return sql_nomem(&r);
		if (!read_series(&r, s))
			return sql_broken(&r, "a series");
	}
	if (out->len > 0)
		qsort(out->v, out->len, sizeof(*out->v), by_symbol);
	return sql_end(&r);
}

static bool
append(struct stored_series_list *out, const struct stored_series *s)
{
	struct stored_series *v = ARRAY_NEXT(out);

	if (v != NULL)
		*v = *s;
	return v != NULL;
}

/* The first that is not before the symbol. */
static size_t
find(const struct stored_series_list *all, const char *symbol)
{
	size_t low = 0, high = all->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(all->v[mid].symbol, symbol) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Those of one symbol, or all, of the timeframes and tiers wanted. */
static bool
pick(const struct stored_series_list *all, const char *symbol,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out)
{
	for (size_t i = symbol == NULL ? 0 : find(all, symbol);
	     i < all->len &&
	     (symbol == NULL || strcmp(all->v[i].symbol, symbol) == 0);
	     i++)
		if ((tiers & 1U << all->v[i].tier) != 0 &&
		    (timeframes & 1U << all->v[i].timeframe) != 0 &&
		    !append(out, &all->v[i]))
			return false;
	return true;
}

/* -- their coverage -- */

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

#define SPANS                                                                  \
	"SELECT from_ts, to_ts, fetched_at, kind, series_id FROM coverage "    \
	"WHERE series_id"

static bool
read_spans(struct store *st, const char *ids, const struct place *places,
    struct stored_series_list *l, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    sql_for(st,
		SPANS SQLITE_NUMBERS("$1") "ORDER BY series_id, from_ts",
		SPANS POSTGRES_NUMBERS("$1") "ORDER BY series_id, from_ts"),
	    SQL_VALUES(sql_text(ids)));
	while (sql_next(&r)) {
		while (places->id != sql_column_int(&r, 4))
			places++;
		if (!coverage_of_row(&r, &l->v[places->at].coverage))
			return false;
	}
	return sql_end(&r);
}

/* One query for all of them. */
static bool
fill_coverage(struct store *st, struct stored_series_list *l,
    struct md_error *e)
{
	struct place *places = calloc(l->len + 1, sizeof(*places));
	struct buf ids = BUF_INIT;
	bool good = places != NULL;

	for (size_t i = 0; good && i < l->len; i++) {
		places[i] = (struct place){ l->v[i].id, i };
		list_add_int(&ids, l->v[i].id);
	}
	good = good && buf_ok(&ids);
	if (good && l->len > 0)
		qsort(places, l->len, sizeof(*places), by_id);
	good = good ? read_spans(st, buf_str(&ids), places, l, e) : md_nomem(e);
	buf_free(&ids);
	free(places);
	return good;
}

static bool
fill_names(struct store *st, struct stored_series_list *l, struct md_error *e)
{
	struct renames renames = { NULL, 0, 0 };
	bool good = store_renames(st, &renames, e);

	for (size_t i = 0; good && renames.len > 0 && i < l->len; i++)
		l->v[i].names = renames_of(&renames, l->v[i].symbol);
	renames_free(&renames);
	return good;
}

bool
store_series(struct store *st, const struct symbol_list *l, unsigned timeframes,
    unsigned tiers, struct stored_series_list *out, struct md_error *e)
{
	struct stored_series_list all = { NULL, 0, 0 };
	bool good = all_series(st, l, &all, e);

	if (good && l == NULL)
		good = pick(&all, NULL, timeframes, tiers, out) || md_nomem(e);
	for (size_t i = 0; good && l != NULL && i < l->len; i++)
		good = pick(&all, l->v[i].symbol,
			   l->v[i].timeframes != 0 ? l->v[i].timeframes
						   : timeframes,
			   tiers, out) ||
		       md_nomem(e);
	stored_series_list_free(&all); /* none has coverage yet */
	good = good && (out->len == 0 || (fill_names(st, out, e) &&
					     fill_coverage(st, out, e)));
	if (!good)
		stored_series_list_free(out);
	return good;
}
