/*
 * The names that symbols had, and what the vendor tells of those that fell
 * silent.
 */
#include <stdio.h>
#include <string.h>

#include "store/history.h"
#include "store/vendor.h"

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
		if (v != NULL)
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
forget(struct store *st, int64_t series_id, int64_t before, int64_t now,
    int64_t *forgotten, struct md_error *e)
{
	static const char *const texts[] = {
		CUT("coverage"),
		CUT("doubts"),
		CUT("derived"),
		CUT("bar_sources"),
		"DELETE FROM quant_features WHERE series_id = $1 AND ts < $2",
		"DELETE FROM restatements WHERE series_id = $1 AND ts < $2",
	};
	const struct sql_value v[] = { sql_int(series_id), sql_time(before) };
	int64_t bars = 0;
	bool good =
	    history_forgotten(st, series_id, before, now, e) &&
	    sql_run(st, e,
		"UPDATE leases SET token = token + 1, lease_until = $2, "
		"writes = writes + 1 WHERE series_id = $1",
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
    const struct calendar *cal, int64_t now, int64_t *forgotten,
    struct md_error *e)
{
	const char *symbol = c->to->symbol;
	struct grid days = { cal, c->to->class, TF_1D, GRID_UNKNOWN };
	struct kept_series_list l = { NULL, 0, 0 };
	bool good = read_series(st, symbol, cal, &l, e);

	for (size_t i = 0; good && i < l.len; i++)
		good = forget(st, l.v[i].id,
		    names_same_from(&c->from, &c->to->names, &l.v[i].grid), now,
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
		   "DELETE FROM dividends WHERE symbol = $1 AND ex_date < $2",
		   SQL_VALUES(sql_text(symbol),
		       sql_date(grid_date(&days,
			   names_same_from(&c->from, &c->to->names,
			       &days))))) &&
	       sql_run(st, e,
		   "UPDATE symbols SET splits_checked_ms = NULL, "
		   "dividends_checked_ms = NULL, dividends_from = NULL, "
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
	int64_t now, wall; /* when it was asked for */
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
		       forget_days(st, &l.v[i], k->calendar,
			   history_time(k->now, k->wall), &k->forgotten, e);
	changes_free(&l);
	return good;
}

bool
store_keep_names(struct store *st, const struct symbol_list *l,
    const struct calendar *cal, int64_t now, int64_t *forgotten,
    struct md_error *e)
{
	struct keep_names k = { l, cal, now, md_now_ms(), 0 };
	struct changes any = { NULL, 0, 0 };
	/* Mostly there is nothing to write. */
	bool good = find_changes(st, l, &any, e) &&
		    (any.len == 0 || sql_write(st, keep_names, &k, e));

	changes_free(&any);
	*forgotten = k.forgotten;
	return good;
}

/* -- symbols that fell silent -- */

static bool
put_silent(struct store *st, void *ctx, struct md_error *e)
{
	const struct silent_answer *a = ctx;
	const struct sql_value gone = { .type = SQL_TIME,
		.null = !a->has_delisted,
		.n = a->gone_ts };
	bool good =
	    sql_run(st, e,
		"INSERT INTO silent_symbols (symbol, asked_at, "
		"delisted, gone_ts) VALUES ($1, $2, $3, $4) "
		"ON CONFLICT (symbol) DO UPDATE SET "
		"asked_at = excluded.asked_at, "
		"delisted = excluded.delisted, "
		"gone_ts = excluded.gone_ts",
		SQL_VALUES(sql_text(a->symbol), sql_stamp(a->asked_at),
		    sql_date_or_null(a->has_delisted, a->delisted), gone)) &&
	    sql_run(st, e, "DELETE FROM told_renames WHERE asked = $1",
		SQL_VALUES(sql_text(a->symbol)));

	for (size_t i = 0; good && a->names != NULL && i < a->names->len; i++)
		good = sql_run(st, e,
		    "INSERT INTO told_renames (asked, symbol, was, until_date) "
		    "VALUES ($1, $2, $3, $4)",
		    SQL_VALUES(sql_text(a->symbol), sql_text(a->present),
			sql_text(a->names->v[i].name),
			sql_date(a->names->v[i].until)));
	return good;
}

bool
store_put_silent(struct store *st, const struct silent_answer *a,
    struct md_error *e)
{
	struct silent_answer copy = *a; /* a context is not const */

	return sql_write(st, put_silent, &copy, e);
}

/* Gone: it has had no bar since. */
#define GONE                                                                   \
	"s.delisted IS NOT NULL AND NOT EXISTS (SELECT 1 FROM series r "       \
	"WHERE r.symbol = s.symbol AND r.newest_ts >= s.gone_ts) "

bool
store_silent_asked(struct store *st, int64_t since, struct symbol_list *out,
    struct md_error *e)
{
	struct sql_rows r;
	bool good = true;

	sql_select(&r, st, e,
	    "SELECT s.symbol FROM silent_symbols s WHERE s.asked_at > $1 "
	    "OR EXISTS (SELECT 1 FROM told_renames t WHERE t.asked = s.symbol) "
	    "OR (" GONE ") ORDER BY s.symbol",
	    SQL_VALUES(sql_stamp(since)));
	while (good && sql_next(&r)) {
		struct symbol_entry s = { .timeframes = 0 };

		sql_copy_text(s.symbol, sizeof(s.symbol), &r, 0);
		good = symbol_list_add(out, &s, e);
	}
	return sql_end(&r) && good;
}

static bool
report_delisted(struct store *st, struct suspicions *out, struct md_error *e)
{
	struct sql_rows r;
	char date[11];

	sql_select(&r, st, e,
	    "SELECT s.symbol, s.delisted FROM silent_symbols s "
	    "JOIN symbols y ON y.symbol = s.symbol "
	    "WHERE y.active AND " GONE "ORDER BY s.symbol",
	    SQL_NONE);
	while (sql_next(&r)) {
		struct suspicion *v = suspicions_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		v->kind = SUSPICION_DELISTED;
		sql_copy_text(v->symbol, sizeof(v->symbol), &r, 0);
		if (!sql_column_date(&r, 1, &v->date))
			return sql_broken(&r, "a delisted symbol");
		md_date_format(v->date, date);
		(void)snprintf(v->detail, sizeof(v->detail),
		    "delisted, its last day was %s: nothing of it is late",
		    date);
	}
	return sql_end(&r);
}

/* Which of the names ended, or began, where that symbol of ours stands: null,
 * it is none. */
static const struct former_name *
turn_of(const char *asked, const char *present,
    const struct former_names *names)
{
	for (size_t i = names->len; i > 0; i--)
		if (strcmp(asked, present) == 0 ||
		    strcmp(asked, names->v[i - 1].name) == 0)
			return &names->v[i - 1];
	return NULL;
}

static bool
is_joined(const struct renames *joined, const char *present,
    const struct former_name *turn)
{
	const struct former_names names = renames_of(joined, present);

	for (size_t i = 0; i < names.len; i++)
		if (strcmp(names.v[i].name, turn->name) == 0 &&
		    names.v[i].until == turn->until)
			return true;
	return false;
}

/* What was told of one symbol of ours. */
struct told {
	char asked[SYMBOL_MAX], present[SYMBOL_MAX];
	struct former_names names;
};

static bool
report_told(const struct told *t, const struct renames *joined,
    struct suspicions *out)
{
	const struct former_name *turn =
	    turn_of(t->asked, t->present, &t->names);
	char names[FORMER_NAMES_TEXT];
	struct suspicion *v;

	if (turn == NULL || is_joined(joined, t->present, turn))
		return true;
	v = suspicions_append(out);
	if (v == NULL)
		return false;
	v->kind = SUSPICION_RENAMED;
	memcpy(v->symbol, t->asked, sizeof(v->symbol));
	v->date = turn->until;
	former_names_format(&t->names, names);
	(void)snprintf(v->detail, sizeof(v->detail), "watchlist line: %s%s",
	    t->present, names);
	return true;
}

bool
store_report_gone(struct store *st, struct suspicions *out, struct md_error *e)
{
	struct renames joined = { NULL, 0, 0 };
	struct told t = { .asked = "" };
	struct former_name was;
	struct sql_rows r;
	bool good = store_renames(st, &joined, e);

	if (good) {
		sql_select(&r, st, e,
		    "SELECT t.asked, t.symbol, t.was, t.until_date "
		    "FROM told_renames t JOIN symbols y ON y.symbol = t.asked "
		    "WHERE y.active ORDER BY t.asked, t.symbol, t.until_date",
		    SQL_NONE);
		while (good && sql_next(&r)) {
			if (strcmp(t.asked, sql_column_text(&r, 0)) != 0) {
				good = report_told(&t, &joined, out);
				memset(&t, 0, sizeof(t));
			}
			sql_copy_text(t.asked, sizeof(t.asked), &r, 0);
			sql_copy_text(t.present, sizeof(t.present), &r, 1);
			sql_copy_text(was.name, sizeof(was.name), &r, 2);
			if (sql_column_date(&r, 3, &was.until))
				(void)former_names_add(&t.names, was.name,
				    was.until, NULL);
		}
		good = good && report_told(&t, &joined, out);
		if (!good)
			(void)sql_nomem(&r);
		good = sql_end(&r) && good;
	}
	renames_free(&joined);
	return good && report_delisted(st, out, e);
}
