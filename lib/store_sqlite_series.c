/*
 * What is kept: symbols, series, leases, splits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_sqlite.h"

/* -- what is kept -- */

static bool
keep_entry(struct sqlite_store *st, const struct symbol_entry *s,
    unsigned timeframes, bool whole, struct md_error *e)
{
	/* A symbol that was only named keeps what is known of it. */
	bool good = sqlite_run(st, e,
	    "INSERT INTO symbols (symbol, asset_class, tier) "
	    "VALUES (?1, ?2, ?3) ON CONFLICT (symbol) DO UPDATE SET "
	    "active = 1, asset_class = iif(?4, ?2, asset_class), "
	    "tier = iif(?4, ?3, tier) WHERE active <> 1 "
	    "OR (?4 AND (asset_class <> ?2 OR tier <> ?3))",
	    "ttti", s->symbol, asset_class_name(s->class), tier_name(s->tier),
	    (int64_t)s->described);

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

	s->id = sqlite3_column_int64(stmt, 0);
	(void)snprintf(s->symbol, sizeof(s->symbol), "%s",
	    (const char *)sqlite3_column_text(stmt, 1));
	s->splits_checked_ms = sqlite3_column_int64(stmt, 5);
	s->features_owed = sqlite3_column_int(stmt, 6) != 0;
	return tf != NULL && timeframe_parse(tf, strlen(tf), &s->timeframe) &&
	       class != NULL && asset_class_parse(class, &s->class) &&
	       tier != NULL && tier_parse(tier, &s->tier);
}

#define SERIES_COLUMNS                                                         \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"s.splits_checked_ms, r.features_from IS NOT NULL "                    \
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
			return md_fail(e, MD_ESTORE,
			    "store %s: a series of an unknown kind", st->path);
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
sqlite_claim(struct store *base, int64_t series_id, const char *execution_id,
    int64_t now, struct lease *lease, struct coverage *coverage,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt;
	bool good;
	int row;

	if (!sqlite_begin(st, e))
		return false;
	stmt = sqlite_bind(st, e,
	    "INSERT INTO leases (series_id, execution_id, token, lease_until) "
	    "VALUES (?1, ?2, 1, ?3) ON CONFLICT (series_id) DO UPDATE SET "
	    "execution_id = ?2, token = token + 1, lease_until = ?3 "
	    "WHERE lease_until <= ?4 OR lease_until > ?5 "
	    "OR execution_id = ?2 RETURNING token",
	    "itiii", series_id, execution_id, now + st->base.lease_ms, now,
	    now + 2 * LEASE_MS);
	row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);
	if (row == 1) {
		lease->series_id = series_id;
		lease->execution_id = execution_id;
		lease->token = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	} else if (row == 0)
		(void)md_fail(e, MD_ELEASE, "another run holds the series");
	good = row == 1 && sqlite_read_coverage(st, series_id, coverage, e);
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

/* -- splits -- */

bool
sqlite_put_splits(struct store *base, const char *symbol, int64_t since,
    const struct split *v, size_t len, int64_t now, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char date[11];
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = sqlite_run(st, e,
	    "UPDATE symbols SET splits_checked_ms = ?2 WHERE symbol = ?1 "
	    "OR (?1 IS NULL AND splits_checked_ms >= ?3)",
	    "Tii", symbol, now, since);
	/* What was announced and is no longer told has been called off. */
	if (good && len > 0)
		good = sqlite_run(st, e,
		    "DELETE FROM splits WHERE (?1 IS NULL OR symbol = ?1) "
		    "AND execution_date > "
		    "strftime('%Y-%m-%d', ?2 / 1000, 'unixepoch')",
		    "Ti", symbol, since);
	/* What is told anew of a date replaces what was told of it. */
	for (size_t i = 0; good && i < len; i++) {
		md_date_format(v[i].date, date);
		good = sqlite_run(st, e,
		    "DELETE FROM splits WHERE symbol = ?1 "
		    "AND execution_date = ?2",
		    "tt", v[i].symbol, date);
	}
	for (size_t i = 0; good && i < len; i++) {
		md_date_format(v[i].date, date);
		good = sqlite_run(st, e,
		    "INSERT INTO splits (symbol, execution_date, split_from, "
		    "split_to) SELECT symbol, ?2, ?3, ?4 FROM symbols WHERE "
		    "symbol = ?1 ON CONFLICT DO NOTHING",
		    "ttdd", v[i].symbol, date, v[i].from, v[i].to);
	}
	return sqlite_end(st, good, e);
}

static bool
replace_adjustments(struct sqlite_store *st, const struct calendar *cal,
    const struct split *v, size_t len, md_date today, struct md_error *e)
{
	struct adjustment a[SPLITS_MAX];
	size_t n = split_adjustments(cal, v, len, today, a);
	int before = sqlite3_total_changes(st->db);
	bool good = true;

	/* What differs is replaced; mostly nothing does. */
	for (size_t i = 0; good && i < n; i++)
		good = sqlite_run(st, e,
		    "INSERT INTO adjustments VALUES (?1, ?2, ?3, ?4) "
		    "ON CONFLICT DO UPDATE SET to_ts = ?3, factor = ?4 "
		    "WHERE to_ts <> ?3 OR factor <> ?4",
		    "tiid", v[0].symbol, a[i].from_ts, a[i].to_ts, a[i].factor);
	good = good && sqlite_run(st, e,
			   "DELETE FROM adjustments WHERE symbol = ?1 AND "
			   "from_ts >= ?2",
			   "ti", v[0].symbol,
			   n > 0 ? a[n - 1].to_ts : ADJUSTMENT_SINCE);
	if (good && sqlite3_total_changes(st->db) != before)
		good = sqlite_run(st, e,
		    "UPDATE series SET features_from = (" FIRST_BAR ") "
		    "WHERE symbol = ?1",
		    "t", v[0].symbol);
	return good;
}

bool
sqlite_derive_adjustments(struct store *base, const struct calendar *cal,
    md_date today, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct split v[SPLITS_MAX];
	size_t n = 0;
	sqlite3_stmt *stmt;
	bool good;
	int row = 0;

	if (!sqlite_begin(st, e))
		return false;
	stmt = sqlite_bind(st, e,
	    "SELECT symbol, execution_date, split_from, split_to FROM splits "
	    "ORDER BY symbol, execution_date",
	    "");
	good = stmt != NULL;
	while (good && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *symbol = (const char *)sqlite3_column_text(stmt, 0);
		const char *date = (const char *)sqlite3_column_text(stmt, 1);

		if (n > 0 && strcmp(v[0].symbol, symbol) != 0) {
			good = replace_adjustments(st, cal, v, n, today, e);
			n = 0;
		}
		if (n == SPLITS_MAX || !md_date_parse(date, &v[n].date))
			continue;
		(void)snprintf(v[n].symbol, sizeof(v[n].symbol), "%s", symbol);
		v[n].from = sqlite3_column_double(stmt, 2);
		v[n++].to = sqlite3_column_double(stmt, 3);
	}
	good = good && row == 0 &&
	       (n == 0 || replace_adjustments(st, cal, v, n, today, e)) &&
	       sqlite_run(st, e,
		   "UPDATE series SET features_from = (" FIRST_BAR ") "
		   "WHERE symbol IN (SELECT symbol FROM adjustments "
		   "EXCEPT SELECT symbol FROM splits)",
		   "") &&
	       sqlite_run(st, e,
		   "DELETE FROM adjustments "
		   "WHERE symbol NOT IN (SELECT symbol FROM splits)",
		   "");
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return sqlite_end(st, good, e);
}
