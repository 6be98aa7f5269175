/*
 * Storing features: what is stored is the array, seen as a virtual table.
 */
#include <stddef.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

static void
features_column(sqlite3_context *ctx, const void *row, int column)
{
	static const size_t numbers[] = {
		offsetof(struct features, log_return),
		offsetof(struct features, return_1h),
		offsetof(struct features, return_1d),
		offsetof(struct features, volatility_20),
		offsetof(struct features, volatility_50),
		offsetof(struct features, atr),
		offsetof(struct features, rolling_volume_20),
		offsetof(struct features, volume_ratio),
	};
	const struct features *f = row;
	double number;

	if (column == 0)
		sqlite3_result_int64(ctx, f->t);
	else if (column <= 8) {
		memcpy(&number, (const char *)row + numbers[column - 1],
		    sizeof(number));
		/* A NaN becomes null. */
		sqlite3_result_double(ctx, number);
	} else
		sqlite3_result_int(ctx, features_states(f));
}

bool
sqlite_register_features(struct sqlite_store *st)
{
	st->features.declaration =
	    "CREATE TABLE md_features (ts, log_return, return_1h, return_1d, "
	    "volatility_20, volatility_50, atr, rolling_volume_20, "
	    "volume_ratio, states)";
	st->features.size = sizeof(struct features);
	st->features.column = features_column;
	return sqlite_register_rows(st, "md_features", &st->features);
}

bool
sqlite_insert_features(struct store *base, const struct features_put *p,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	st->features.rows = p->rows;
	st->features.len = p->len;
	good = sqlite_run(st, e,
	    "INSERT INTO quant_features (series_id, ts, log_return, "
	    "return_1h, return_1d, volatility_20, volatility_50, atr, "
	    "rolling_volume_20, volume_ratio, states) SELECT $1, ts, "
	    "log_return, return_1h, return_1d, volatility_20, volatility_50, "
	    "atr, rolling_volume_20, volume_ratio, states FROM md_features",
	    SQL_VALUES(sql_int(p->lease->series_id)));
	st->features.len = 0;
	return good;
}
