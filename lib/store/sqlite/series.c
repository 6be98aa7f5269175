/*
 * What is kept: symbols, series, leases, splits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

/* -- what is kept -- */

static bool
keep_entry(struct sqlite_store *st, const struct symbol_entry *s,
    unsigned timeframes, bool whole, struct md_error *e)
{
	char from[11];
	bool good;

	md_date_format(s->from, from);
	/* A symbol that was only named keeps what is known of it. */
	good = sqlite_run(st, e,
	    "INSERT INTO symbols (symbol, asset_class, tier, history_from) "
	    "VALUES (?1, ?2, ?3, ?5) ON CONFLICT (symbol) DO UPDATE SET "
	    "active = 1, asset_class = iif(?4, ?2, asset_class), "
	    "tier = iif(?4, ?3, tier), "
	    "history_from = iif(?4, ?5, history_from) WHERE active <> 1 "
	    "OR (?4 AND (asset_class <> ?2 OR tier <> ?3 "
	    "OR history_from IS NOT ?5))",
	    "tttiT", s->symbol, asset_class_name(s->class), tier_name(s->tier),
	    (int64_t)s->described, s->has_from ? from : NULL);

	if (s->timeframes != 0)
		timeframes = s->timeframes;
	/* -t is not in the list: only a line's own timeframes are its all. */
	if (good && whole && s->timeframes != 0)
		good = sqlite_run(st, e,
		    "UPDATE series SET active = 0 WHERE symbol = ?1", "t",
		    s->symbol);
	for (int tf = 0; good && tf < TF_COUNT; tf++)
		if (timeframes & 1U << tf)
			good = sqlite_run(st, e,
			    "INSERT INTO series (symbol, timeframe) "
			    "VALUES (?1, ?2) ON CONFLICT (symbol, timeframe) "
			    "DO UPDATE SET active = 1 WHERE active <> 1",
			    "tt", s->symbol,
			    timeframe_name((enum timeframe)tf));
	return good;
}

bool
sqlite_keep(struct store *base, const struct symbol_list *l,
    unsigned timeframes, bool whole, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = !whole ||
	       (sqlite_run(st, e, "UPDATE symbols SET active = 0", "") &&
		   sqlite_run(st, e, "UPDATE series SET active = 0", ""));
	for (size_t i = 0; good && i < l->len; i++)
		good = keep_entry(st, &l->v[i], timeframes, whole, e);
	return sqlite_end(st, good, e);
}

bool
sqlite_read_coverage(struct sqlite_store *st, int64_t series_id,
    struct coverage *c, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT from_ts, to_ts, fetched_at, kind FROM coverage "
	    "WHERE series_id = ?1 ORDER BY from_ts",
	    "i", series_id);
	int row;

	if (stmt == NULL)
		return false;
	c->len = 0;
	while ((row = sqlite_row(st, stmt, e)) == 1) {
		struct span s = { sqlite3_column_int64(stmt, 0),
			sqlite3_column_int64(stmt, 1),
			sqlite3_column_int64(stmt, 2), COVERAGE_BARS };
		const unsigned char *kind = sqlite3_column_text(stmt, 3);

		if (kind == NULL ||
		    !coverage_kind_parse((const char *)kind, &s.kind) ||
		    !coverage_append(c, s)) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
	}
	return row == 0;
}

/* Columns: those of SERIES_COLUMNS. */
static bool
read_series(sqlite3_stmt *stmt, struct stored_series *s)
{
	const char *tf = (const char *)sqlite3_column_text(stmt, 4);
	const char *class = (const char *)sqlite3_column_text(stmt, 2);
	const char *tier = (const char *)sqlite3_column_text(stmt, 3);
	const char *from = (const char *)sqlite3_column_text(stmt, 7);
	const char *splits = (const char *)sqlite3_column_text(stmt, 8);

	s->id = sqlite3_column_int64(stmt, 0);
	(void)snprintf(s->symbol, sizeof(s->symbol), "%s",
	    (const char *)sqlite3_column_text(stmt, 1));
	s->splits_checked_ms = sqlite3_column_int64(stmt, 5);
	s->features_pending = sqlite3_column_int(stmt, 6) != 0;
	s->has_from = from != NULL && md_date_parse(from, &s->from);
	s->derived = sqlite3_column_int(stmt, 9) != 0;
	s->grid = grid_kind_parse((const char *)sqlite3_column_text(stmt, 10));
	s->has_splits_from =
	    splits != NULL && md_date_parse(splits, &s->splits_from);
	return tf != NULL && timeframe_parse(tf, strlen(tf), &s->timeframe) &&
	       class != NULL && asset_class_parse(class, &s->class) &&
	       tier != NULL && tier_parse(tier, &s->tier);
}

#define SERIES_COLUMNS                                                         \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"s.splits_checked_ms, r.features_from IS NOT NULL, s.history_from, "   \
	"s.splits_from, EXISTS (SELECT 1 FROM derived d "                      \
	"WHERE d.series_id = r.series_id), r.grid "                            \
	"FROM series r JOIN symbols s USING (symbol) "

static bool
rows_of_series(struct sqlite_store *st, sqlite3_stmt *stmt, unsigned tiers,
    unsigned timeframes, struct stored_series_list *out, struct md_error *e)
{
	struct stored_series *s;
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		s = stored_series_append(out);
		if (s == NULL || !read_series(stmt, s)) {
			(void)sqlite3_reset(stmt);
			return store_fail(e, st->path,
			    "a series of an unknown kind");
		}
		if ((tiers & 1U << s->tier) == 0 ||
		    (timeframes & 1U << s->timeframe) == 0)
			out->len--;
	}
	return row == 0;
}

static bool
series_of_list(struct sqlite_store *st, const struct symbol_list *l,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *e)
{
	for (size_t i = 0; i < l->len; i++) {
		unsigned bits =
		    l->v[i].timeframes != 0 ? l->v[i].timeframes : timeframes;

		if (!rows_of_series(st,
			sqlite_bind(st, e,
			    SERIES_COLUMNS "WHERE r.symbol = ?1 "
					   "ORDER BY r.series_id",
			    "t", l->v[i].symbol),
			tiers, bits, out, e))
			return false;
	}
	return true;
}

bool
sqlite_series(struct store *base, const struct symbol_list *l,
    unsigned timeframes, unsigned tiers, struct stored_series_list *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	if (l != NULL)
		good = series_of_list(st, l, timeframes, tiers, out, e);
	else
		good = rows_of_series(st,
		    sqlite_bind(st, e,
			SERIES_COLUMNS "WHERE r.active AND s.active "
				       "ORDER BY r.symbol, r.series_id",
			""),
		    tiers, timeframes, out, e);
	for (size_t i = 0; good && i < out->len; i++)
		good = sqlite_read_coverage(st, out->v[i].id,
		    &out->v[i].coverage, e);
	if (!good)
		stored_series_list_free(out);
	return good;
}

/* -- leases -- */

bool
sqlite_take_lease(struct sqlite_store *st, int64_t series_id,
    const char *execution_id, int64_t now, bool again, struct lease *lease,
    struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "INSERT INTO leases (series_id, execution_id, token, lease_until) "
	    "VALUES (?1, ?2, 1, ?3) ON CONFLICT (series_id) DO UPDATE SET "
	    "execution_id = ?2, token = token + 1, lease_until = ?3 "
	    "WHERE lease_until <= ?4 OR lease_until > ?5 "
	    "OR (?6 AND execution_id = ?2) RETURNING token, (SELECT s.grid "
	    "FROM series s WHERE s.series_id = ?1)",
	    "itiiii", series_id, execution_id, now + st->base.lease_ms, now,
	    now + 2 * LEASE_MS, (int64_t)again);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	lease->series_id = row == 1 ? series_id : 0;
	lease->execution_id = execution_id;
	lease->token = 0;
	if (row == 1) {
		lease->token = sqlite3_column_int64(stmt, 0);
		lease->grid =
		    grid_kind_parse((const char *)sqlite3_column_text(stmt, 1));
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

bool
sqlite_claim(struct store *base, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *lease, struct coverage *coverage,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good =
	    sqlite_take_lease(st, series_id, execution_id, now, true, lease, e);
	if (good && lease->token == 0)
		good = md_fail(e, MD_ELEASE, "another run holds the series");
	good = good && sqlite_read_coverage(st, series_id, coverage, e);
	return sqlite_end(st, good, e);
}

/* The row stays, so that the token never falls back. */
bool
sqlite_release(struct store *base, const struct lease *lease,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE leases SET lease_until = 0 "
	    "WHERE series_id = ?1 AND token = ?2",
	    "ii", lease->series_id, lease->token);
}

bool
sqlite_renew(struct store *base, const char *execution_id, int64_t now,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE leases SET lease_until = ?2 "
	    "WHERE execution_id = ?1 AND lease_until > 0",
	    "ti", execution_id, now + base->lease_ms);
}
