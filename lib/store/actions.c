/*
 * What splits and dividends have in common: whose are known, and the
 * adjustments that follow from them.
 */
#include <stdio.h>
#include <string.h>

#include "store/history.h"

/* -- what was told -- */

/* Of one symbol; of all. */
#define KNOWN(what)                                                            \
	"UPDATE symbols SET " what "_checked_ms = $2, " what                   \
	"_from = $3 WHERE symbol = $1"
#define KNOWN_OF_ALL(what)                                                     \
	"UPDATE symbols SET " what "_checked_ms = $1, " what "_from = CASE "   \
	"WHEN " what "_checked_ms IS NULL OR " what "_from > $2 THEN $2 "      \
	"ELSE " what "_from END WHERE " what "_checked_ms IS NULL OR " what    \
	"_checked_ms >= $3"

static const struct {
	const char *of_one, *of_all;
	bool (*put)(struct store *, const struct actions_put *,
	    struct md_error *);
} of_kind[ACTION_COUNT] = {
	[ACTION_SPLITS] = { KNOWN("splits"), KNOWN_OF_ALL("splits"),
	    splits_put },
	[ACTION_DIVIDENDS] = { KNOWN("dividends"), KNOWN_OF_ALL("dividends"),
	    dividends_put },
};

/* Whose are known now, and since when: null is all of them. */
static bool
put_known(struct store *st, const struct actions_put *p, struct md_error *e)
{
	enum action kind = p->told->kind;
	bool good = true;

	for (size_t i = 0; good && i < p->symbols_len; i++)
		good = sql_run(st, e, of_kind[kind].of_one,
		    SQL_VALUES(sql_text(p->symbols[i]), sql_time(p->now),
			sql_date_or_null(p->dated, p->since)));
	if (p->symbols_len > 0)
		return good;
	return sql_run(st, e, of_kind[kind].of_all,
	    SQL_VALUES(sql_time(p->now), sql_date(p->since),
		sql_time((int64_t)(p->since + SPLITS_LATE_DAYS) * MD_DAY)));
}

static bool
put_actions(struct store *st, void *ctx, struct md_error *e)
{
	const struct actions_put *p = ctx;

	return put_known(st, p, e) &&
	       (p->told->len == 0 || of_kind[p->told->kind].put(st, p, e));
}

/* -- whose they are -- */

/* The i-th, of that symbol. */
static bool
add_as(struct actions *l, const struct actions *told, size_t i,
    const char *symbol)
{
	char *v = actions_append(l);

	if (v == NULL)
		return false;
	/* It begins with the symbol. */
	memcpy(v, actions_at(told, i), action_size(l->kind));
	memset(v, 0, SYMBOL_MAX);
	(void)snprintf(v, SYMBOL_MAX, "%s", symbol);
	return true;
}

/* It is of whoever had the name on its day. */
static bool
take_by_name(const struct renames *renames, const struct actions *told,
    size_t i, struct actions *out)
{
	const char *name = actions_at(told, i);
	md_date date = actions_date(told, i);
	struct former_names names = renames_of(renames, name);

	if (strcmp(name, names_on(&names, name, date)) == 0 &&
	    !add_as(out, told, i, name))
		return false;
	for (size_t k = 0; k < renames->len; k++) {
		const struct rename *v = &renames->v[k];
		bool before = k > 0 && strcmp(v[-1].symbol, v->symbol) == 0 &&
			      date < v[-1].was.until;

		/* A symbol's renames stand together, the oldest first. */
		if (strcmp(v->was.name, name) == 0 &&
		    strcmp(v->symbol, name) != 0 && !before &&
		    date < v->was.until && !add_as(out, told, i, v->symbol))
			return false;
	}
	return true;
}

/* All of them, sorted; false with *e set. */
static bool
told_by_name(struct store *st, const struct actions *told, struct actions *out,
    struct md_error *e)
{
	struct renames renames = { NULL, 0, 0 };
	bool good = store_renames(st, &renames, e);

	for (size_t i = 0; good && renames.len > 0 && i < told->len; i++)
		good = take_by_name(&renames, told, i, out) || md_nomem(e);
	if (good && renames.len == 0)
		good = actions_add(out, told) || md_nomem(e);
	if (good)
		actions_sort(out);
	renames_free(&renames);
	return good;
}

bool
store_put_actions(struct store *st, const struct actions_put *p,
    struct md_error *e)
{
	struct actions told = { .kind = p->told->kind };
	struct actions_put by_name = *p;
	bool good = told_by_name(st, p->told, &told, e);

	by_name.told = &told;
	good = good && sql_write(st, put_actions, &by_name, e);
	actions_free(&told);
	return good;
}

/* -- adjustments -- */

#define TABLES                                                                 \
	{                                                                      \
		[ACTION_SPLITS] = OF("adjustments"),                           \
		[ACTION_DIVIDENDS] = OF("dividend_adjustments"),               \
	}

bool
adjustments_read(struct store *st, enum action kind, const char *symbols,
    struct stored_adjustments *out, struct md_error *e)
{
#define READ(table, where)                                                     \
	"SELECT symbol, from_ts, to_ts, factor FROM " table where              \
	" ORDER BY symbol, from_ts"
#define OF(table)                                                              \
	{                                                                      \
		READ(table, ""),                                               \
		    READ(table, " WHERE symbol" SQLITE_WORDS("$1")),           \
		    READ(table, " WHERE symbol" POSTGRES_WORDS("$1"))          \
	}
	static const char *const sql[ACTION_COUNT][3] = TABLES;
#undef OF
	struct sql_rows r;

	out->len = 0;
	if (symbols == NULL)
		sql_select(&r, st, e, sql[kind][0], SQL_NONE);
	else
		sql_select(&r, st, e, sql_for(st, sql[kind][1], sql[kind][2]),
		    SQL_VALUES(sql_text(symbols)));
	while (sql_next(&r)) {
		struct stored_adjustment *v = stored_adjustments_append(out);

		if (v == NULL)
			return sql_nomem(&r);
		sql_copy_text(v->symbol, sizeof(v->symbol), &r, 0);
		v->a = (struct adjustment){ sql_column_time(&r, 1),
			sql_column_time(&r, 2), sql_column_real(&r, 3) };
	}
	return sql_end(&r);
}

bool
adjustments_replace(struct store *st, enum action kind, const char *symbol,
    int64_t now, const struct adjustment *v, size_t n, struct md_error *e)
{
#define OF(table) "DELETE FROM " table " WHERE symbol = $1"
	static const char *const drop[ACTION_COUNT] = TABLES;
#undef OF
#define OF(table)                                                              \
	"INSERT INTO " table " (symbol, from_ts, to_ts, factor) "              \
	"VALUES ($1, $2, $3, $4) ON CONFLICT (symbol, from_ts) "               \
	"DO UPDATE SET to_ts = $3, factor = $4"
	static const char *const add[ACTION_COUNT] = TABLES;
#undef OF
	bool good = history_adjustments(st, kind, symbol, now, e) &&
		    sql_run(st, e, drop[kind], SQL_VALUES(sql_text(symbol)));

	for (size_t i = 0; good && i < n; i++)
		good = sql_run(st, e, add[kind],
		    SQL_VALUES(sql_text(symbol), sql_time(v[i].from_ts),
			sql_time(v[i].to_ts), sql_real(v[i].factor)));
	return good;
}

bool
store_adjustments_now(struct store *st, enum action kind, const char *symbol,
    struct adjustment_list *out, struct md_error *e)
{
#define OF(table)                                                              \
	"SELECT from_ts, to_ts, factor FROM " table                            \
	" WHERE symbol = $1 ORDER BY from_ts"
	static const char *const sql[ACTION_COUNT] = TABLES;
#undef OF
	struct sql_rows r;

	sql_select(&r, st, e, sql[kind], SQL_VALUES(sql_text(symbol)));
	while (sql_next(&r)) {
		struct adjustment *a = adjustment_list_append(out);

		if (a == NULL)
			return sql_nomem(&r);
		*a = (struct adjustment){ sql_column_time(&r, 0),
			sql_column_time(&r, 1), sql_column_real(&r, 2) };
	}
	return sql_end(&r);
}

bool
store_dividend_adjustments(struct store *st, const char *symbol,
    struct adjustment_list *out, struct md_error *e)
{
	return store_adjustments_now(st, ACTION_DIVIDENDS, symbol, out, e);
}
