/*
 * Storing bars and features: the hot path of the SQLite engine.  They go in by
 * one statement that selects from the array.
 */
#include <stddef.h>
#include <string.h>

#include "base/short_real.h"
#include "store/sqlite/sqlite.h"

/* -- the arrays as tables -- */

static void
page_column(sqlite3_context *ctx, const void *row, int column)
{
	const struct bar *b = *(const struct bar *const *)row;

	switch (column) {
	case 0:
		sqlite3_result_int64(ctx, b->t);
		break;
	case 1:
		sqlite3_result_double(ctx, b->o);
		break;
	case 2:
		sqlite3_result_double(ctx, b->h);
		break;
	case 3:
		sqlite3_result_double(ctx, b->l);
		break;
	case 4:
		sqlite3_result_double(ctx, b->c);
		break;
	case 5:
		sqlite3_result_double(ctx, b->v);
		break;
	case 6: /* a NaN, also of volume, becomes null: absent */
		sqlite3_result_double(ctx, b->vw);
		break;
	default:
		if (b->n >= 0)
			sqlite3_result_int64(ctx, b->n);
		break;
	}
}

/* What becomes a short real where it can; without volume_ratio, which is told
 * by the bar's volume when it is read. */
#define SHORT_COLUMNS                                                          \
	"ts, log_return, return_1h, return_1d, volatility_20, volatility_50, " \
	"atr, rolling_volume_20, states "

/* The first are small ones. */
static const size_t reals[] = {
	offsetof(struct features, log_return),
	offsetof(struct features, return_1h),
	offsetof(struct features, return_1d),
	offsetof(struct features, volatility_20),
	offsetof(struct features, volatility_50),
	offsetof(struct features, atr),
};

enum { SMALL = 5, REALS = 6, MEAN, STATES };

static void
features_column(sqlite3_context *ctx, const void *row, int column)
{
	const struct features *f = row;
	double number = f->rolling_volume_20;
	int64_t i;
	bool fits;

	if (column == 0) {
		sqlite3_result_int64(ctx, f->t);
		return;
	}
	if (column == STATES) {
		sqlite3_result_int(ctx, features_states(f) | STATES_SHORT);
		return;
	}
	if (column == MEAN)
		fits = short_mean_of(number, &i);
	else {
		memcpy(&number, (const char *)row + reals[column - 1],
		    sizeof(number));
		fits = short_real_of(number,
		    column <= SMALL ? SHORT_REAL_SMALL : SHORT_REAL_LARGE, &i);
	}
	if (fits)
		sqlite3_result_int64(ctx, i);
	else /* A NaN becomes null. */
		sqlite3_result_double(ctx, number);
}

bool
sqlite_register_tables(struct sqlite_store *st)
{
	st->page = (struct row_source){
		.declaration = "CREATE TABLE md_page (" BAR_COLUMNS ")",
		.size = sizeof(*st->base.merge.fresh),
		.column = page_column,
	};
	st->features = (struct row_source){
		.declaration = "CREATE TABLE md_features (" SHORT_COLUMNS ")",
		.size = sizeof(struct features),
		.column = features_column,
	};
	return sqlite_register_rows(st, "md_page", &st->page) &&
	       sqlite_register_rows(st, "md_features", &st->features);
}

/* -- bars -- */

bool
sqlite_insert_bars(struct store *base, const struct page_put *p,
    const struct page_merge *m, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	st->page.rows = m->fresh;
	st->page.len = m->fresh_len;
	good = sql_run(base, e,
	    "INSERT INTO bars SELECT $1, " BAR_COLUMNS "FROM md_page",
	    SQL_VALUES(sql_int(p->lease->series_id)));
	st->page.len = 0;
	return good;
}

static bool
change_bar(struct store *st, const struct page_put *p,
    const struct bar_change *c, struct md_error *e)
{
	const struct bar *old = &c->old, *new = c->new;

	if (c->restated &&
	    !sql_run(st, e,
		"INSERT OR REPLACE INTO restatements VALUES ($1, $2, $3, $4, "
		"$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
		"$18)",
		SQL_VALUES(sql_int(p->lease->series_id), sql_time(old->t),
		    sql_time(p->now), sql_text(p->lease->execution_id),
		    sql_real(old->o), sql_real(old->h), sql_real(old->l),
		    sql_real(old->c), sql_real(old->v), sql_real(old->vw),
		    sql_int_or_null(old->n), sql_real(new->o), sql_real(new->h),
		    sql_real(new->l), sql_real(new->c), sql_real(new->v),
		    sql_real(new->vw), sql_int_or_null(new->n))))
		return false;
	return sql_run(st, e,
	    "UPDATE bars SET open = $3, high = $4, low = $5, close = $6, "
	    "volume = $7, vwap = $8, transactions = $9 "
	    "WHERE series_id = $1 AND ts = $2",
	    SQL_VALUES(sql_int(p->lease->series_id), sql_time(new->t),
		sql_real(new->o), sql_real(new->h), sql_real(new->l),
		sql_real(new->c), sql_real(new->v), sql_real(new->vw),
		sql_int_or_null(new->n)));
}

bool
sqlite_change_bars(struct store *base, const struct page_put *p,
    const struct page_merge *m, const struct page_counts *n, struct md_error *e)
{
	bool good = true;

	(void)n;
	for (size_t i = 0; good && i < m->changes_len; i++)
		good = change_bar(base, p, &m->changes[i], e);
	return good;
}

/* -- features -- */

bool
sqlite_insert_features(struct store *base, const struct features_put *p,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	st->features.rows = p->rows;
	st->features.len = p->len;
	good = sql_run(base, e,
	    "INSERT INTO quant_features (series_id, " SHORT_COLUMNS
	    ") SELECT $1, " SHORT_COLUMNS "FROM md_features",
	    SQL_VALUES(sql_int(p->lease->series_id)));
	st->features.len = 0;
	return good;
}
