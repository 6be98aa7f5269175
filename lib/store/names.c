/*
 * The names that symbols had, and what the vendor tells of those that fell
 * silent.
 */
#include <string.h>

#include "store/internal.h"

/* -- the names that series are asked for by -- */

bool
store_renames(struct store *st, struct renames *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT symbol, was, until_date FROM renames "
	    "ORDER BY symbol, until_date",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct rename *v = renames_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		sql_copy_text(v->symbol, sizeof(v->symbol), &r, 0);
		sql_copy_text(v->was.name, sizeof(v->was.name), &r, 1);
		if (!sql_column_date(&r, 2, &v->was.until))
			return sql_broken(&r, "a rename");
	}
	return sql_end(&r);
}

/* Those of the described symbols that are others than before. */
struct changed {
	const struct symbol_entry *to;
	struct former_names from;
};

ARRAY_OF(changes, struct changed);

static bool
find_changes(struct store *st, const struct symbol_list *l, struct changes *out,
    struct md_error *e)
{
	struct renames now = { NULL, 0, 0 };
	bool good = store_renames(st, &now, e);

	for (size_t i = 0; good && i < l->len; i++) {
		const struct symbol_entry *s = &l->v[i];
		struct former_names from;
		struct changed *v;

		if (!s->described)
			continue;
		from = renames_of(&now, s->symbol);
		if (former_names_equal(&from, &s->names))
			continue;
		v = changes_append(out);
		good = v != NULL || md_nomem(e);
		if (good)
			*v = (struct changed){ s, from };
	}
	renames_free(&now);
	return good;
}

/* Of coverage and what is like it; a span across the time loses a part. */
#define CUT(table)                                                             \
	"DELETE FROM " table " WHERE series_id = $1 AND to_ts <= $2",          \
	    "UPDATE " table " SET from_ts = $2 WHERE series_id = $1 "          \
	    "AND from_ts < $2"

/* What a series has from before a time.  Who writes it now does so no more. */
static bool
forget(struct store *st, int64_t series_id, int64_t before, int64_t *forgotten,
    struct md_error *e)
{
	static const char *const texts[] = {
		CUT("coverage"),
		CUT("doubts"),
		CUT("derived"),
		"DELETE FROM quant_features WHERE series_id = $1 AND ts < $2",
		"DELETE FROM restatements WHERE series_id = $1 AND ts < $2",
	};
	const struct sql_value v[] = { sql_int(series_id), sql_time(before) };
	int64_t bars = 0;
	bool good =
	    sql_run(st, e,
		"UPDATE leases SET token = token + 1, lease_until = $2 "
		"WHERE series_id = $1",
		SQL_VALUES(sql_int(series_id), sql_time(0))) &&
	    sql_run_counted(st, e, &bars,
		"DELETE FROM bars WHERE series_id = $1 AND ts < $2", v, 2);

	for (size_t i = 0; good && i < sizeof(texts) / sizeof(texts[0]); i++)
		good = sql_run(st, e, texts[i], v, 2);
	*forgotten += bars;
	return good && sql_run(st, e,
			   "UPDATE series SET bar_count = bar_count - $2, "
			   "newest_ts = (SELECT max(b.ts) FROM bars b "
			   "WHERE b.series_id = series.series_id), "
			   "features_from = " FIRST_BAR " WHERE series_id = $1",
			   SQL_VALUES(sql_int(series_id), sql_int(bars)));
}

struct kept_series {
	int64_t id;
	struct grid grid;
};

ARRAY_OF(kept_series_list, struct kept_series);

static bool
read_series(struct store *st, const char *symbol, const struct calendar *cal,
    struct kept_series_list *out, struct md_error *e)
{
	struct sql_rows r;

	sql_select(&r, st, e,
	    "SELECT r.series_id, s.asset_class, r.timeframe, r.grid "
	    "FROM series r JOIN symbols s ON s.symbol = r.symbol "
	    "WHERE r.symbol = $1 ORDER BY r.series_id",
	    SQL_VALUES(sql_text(symbol)));
	while (sql_next(&r)) {
		struct kept_series *v = kept_series_list_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		v->id = sql_column_int(&r, 0);
		v->grid.calendar = cal;
		v->grid.kind = grid_kind_parse(sql_column_text(&r, 3));
		if (!asset_class_parse(sql_column_text(&r, 1),
			&v->grid.class) ||
		    !sql_column_timeframe(&r, 2, &v->grid.timeframe))
			return sql_broken(&r, "a series");
	}
	return sql_end(&r);
}

static bool
forget_days(struct store *st, const struct changed *c,
    const struct calendar *cal, int64_t *forgotten, struct md_error *e)
{
	const char *symbol = c->to->symbol;
	struct grid days = { cal, c->to->class, TF_1D, GRID_UNKNOWN };
	struct kept_series_list l = { NULL, 0, 0 };
	bool good = read_series(st, symbol, cal, &l, e);

	for (size_t i = 0; good && i < l.len; i++)
		good = forget(st, l.v[i].id,
		    names_same_from(&c->from, &c->to->names, &l.v[i].grid),
		    forgotten, e);
	kept_series_list_free(&l);
	return good &&
	       sql_run(st, e,
		   "DELETE FROM splits WHERE symbol = $1 "
		   "AND execution_date < $2",
		   SQL_VALUES(sql_text(symbol),
		       sql_date(grid_date(&days,
			   names_same_from(&c->from, &c->to->names,
			       &days))))) &&
	       sql_run(st, e,
		   "UPDATE symbols SET splits_checked_ms = NULL, "
		   "splits_from = NULL WHERE symbol = $1",
		   SQL_VALUES(sql_text(symbol)));
}

static bool
put_names(struct store *st, const struct symbol_entry *s, struct md_error *e)
{
	bool good = sql_run(st, e, "DELETE FROM renames WHERE symbol = $1",
	    SQL_VALUES(sql_text(s->symbol)));

	for (size_t i = 0; good && i < s->names.len; i++)
		good = sql_run(st, e,
		    "INSERT INTO renames (symbol, was, until_date) "
		    "VALUES ($1, $2, $3) ON CONFLICT (symbol, until_date) "
		    "DO UPDATE SET was = excluded.was",
		    SQL_VALUES(sql_text(s->symbol),
			sql_text(s->names.v[i].name),
			sql_date(s->names.v[i].until)));
	return good;
}

struct keep_names {
	const struct symbol_list *l;
	const struct calendar *calendar;
	int64_t forgotten;
};

static bool
keep_names(struct store *st, void *ctx, struct md_error *e)
{
	struct keep_names *k = ctx;
	struct changes l = { NULL, 0, 0 };
	bool good = find_changes(st, k->l, &l, e);

	k->forgotten = 0;
	for (size_t i = 0; good && i < l.len; i++)
		good = put_names(st, l.v[i].to, e) &&
		       forget_days(st, &l.v[i], k->calendar, &k->forgotten, e);
	changes_free(&l);
	return good;
}

bool
store_keep_names(struct store *st, const struct symbol_list *l,
    const struct calendar *cal, int64_t *forgotten, struct md_error *e)
{
	struct keep_names k = { l, cal, 0 };
	struct changes any = { NULL, 0, 0 };
	/* Mostly there is nothing to write. */
	bool good = find_changes(st, l, &any, e) &&
		    (any.len == 0 || sql_write(st, keep_names, &k, e));

	changes_free(&any);
	*forgotten = k.forgotten;
	return good;
}
