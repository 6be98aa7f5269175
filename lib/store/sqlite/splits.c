/*
 * Splits, whether they are believed, and the adjustments that follow.
 */
#include <stdio.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

/* Whose splits are known now, and since when. */
static bool
looked(struct sqlite_store *st, const struct splits_put *p, struct md_error *e)
{
	char since[11];

	if (p->symbol != NULL)
		return sqlite_run(st, e,
		    "UPDATE symbols SET splits_checked_ms = ?2, "
		    "splits_from = NULL WHERE symbol = ?1",
		    "ti", p->symbol, p->now);
	md_date_format(p->since, since);
	return sqlite_run(st, e,
	    "UPDATE symbols SET splits_checked_ms = ?1, "
	    "splits_from = CASE WHEN splits_checked_ms IS NULL THEN ?2 "
	    "ELSE min(splits_from, ?2) END "
	    "WHERE splits_checked_ms IS NULL OR splits_checked_ms >= ?3",
	    "iti", p->now, since,
	    (int64_t)(p->since + SPLITS_LATE_DAYS) * MD_DAY);
}

bool
sqlite_put_splits(struct store *base, const struct splits_put *p,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	const char *symbol = p->symbol;
	const struct split *v = p->v;
	size_t len = p->len;
	char date[11];
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = looked(st, p, e);
	/* What was announced and is no longer told has been called off. */
	if (good && len > 0)
		good = sqlite_run(st, e,
		    "DELETE FROM splits WHERE (?1 IS NULL OR symbol = ?1) "
		    "AND NOT confirmed AND execution_date > "
		    "strftime('%Y-%m-%d', ?2 / 1000, 'unixepoch')",
		    "Ti", symbol, p->looked);
	/* What is told anew of a date replaces what was told of it. */
	for (size_t i = 0; good && i < len; i++) {
		md_date_format(v[i].date, date);
		good = sqlite_run(st, e,
		    "DELETE FROM splits WHERE symbol = ?1 "
		    "AND execution_date = ?2 "
		    "AND NOT (split_from = ?3 AND split_to = ?4)",
		    "ttdd", v[i].symbol, date, v[i].from, v[i].to);
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

/* -- doubts -- */

/* All splits of one symbol, by date. */
struct known_splits {
	struct split v[SPLITS_MAX];
	bool doubted[SPLITS_MAX], confirmed[SPLITS_MAX];
	size_t len;
};

/* One number, or 0 where there is no row. */
static bool
price(struct sqlite_store *st, sqlite3_stmt *stmt, double *out,
    struct md_error *e)
{
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	*out = 0;
	if (row == 1) {
		*out = sqlite3_column_double(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

#define SYMBOLS_SERIES                                                         \
	"(SELECT series_id FROM series WHERE symbol = ?1 "                     \
	"ORDER BY timeframe = '1d' AND bar_count > 0 DESC, bar_count DESC "    \
	"LIMIT 1)"

/* The last raw price before that time, and the first from then on. */
static bool
prices_around(struct sqlite_store *st, const char *symbol, int64_t t,
    double *before, double *after, struct md_error *e)
{
	return price(st,
		   sqlite_bind(st, e,
		       "SELECT close FROM bars "
		       "WHERE series_id = " SYMBOLS_SERIES
		       " AND ts >= ?2 AND ts < ?3 ORDER BY ts DESC LIMIT 1",
		       "tii", symbol, t - SPLIT_PRICES_DAYS * MD_DAY, t),
		   before, e) &&
	       price(st,
		   sqlite_bind(st, e,
		       "SELECT open FROM bars "
		       "WHERE series_id = " SYMBOLS_SERIES
		       " AND ts >= ?2 AND ts < ?3 ORDER BY ts LIMIT 1",
		       "tii", symbol, t, t + SPLIT_PRICES_DAYS * MD_DAY),
		   after, e);
}

static bool
judge_split(struct sqlite_store *st, const struct calendar *cal,
    struct known_splits *k, size_t n, size_t i, struct md_error *e)
{
	const struct split *s = &k->v[i];
	double before, after;
	const char *doubt;
	char date[11];

	if (!prices_around(st, s->symbol,
		calendar_midnight(cal, CLASS_STOCK, s->date), &before, &after,
		e))
		return false;
	doubt = split_doubt(k->v, n, i, before, after);
	if (doubt == NULL && !k->doubted[i])
		return true;
	k->doubted[i] = doubt != NULL;
	md_date_format(s->date, date);
	return sqlite_run(st, e,
	    "UPDATE splits SET doubt = ?5 WHERE symbol = ?1 "
	    "AND execution_date = ?2 AND split_from = ?3 AND split_to = ?4 "
	    "AND doubt IS NOT ?5",
	    "ttddT", s->symbol, date, s->from, s->to, doubt);
}

/* Judge those that are executed, and keep those that count. */
static bool
keep_believed(struct sqlite_store *st, const struct calendar *cal,
    struct known_splits *k, md_date today, struct md_error *e)
{
	size_t n = 0, executed = 0;

	while (executed < k->len && k->v[executed].date <= today)
		executed++;
	for (size_t i = 0; i < executed; i++)
		if (!judge_split(st, cal, k, executed, i, e))
			return false;
	for (size_t i = 0; i < executed; i++)
		if (!k->doubted[i] || k->confirmed[i])
			k->v[n++] = k->v[i];
	k->len = n;
	return true;
}

bool
sqlite_split_confirm(struct store *base, const char *symbol, md_date day,
    bool *found, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	char date[11];

	md_date_format(day, date);
	if (!sqlite_run(st, e,
		"UPDATE splits SET confirmed = 1 "
		"WHERE symbol = ?1 AND execution_date = ?2",
		"tt", symbol, date))
		return false;
	*found = sqlite3_changes(st->db) > 0;
	return true;
}

bool
sqlite_report_doubtful_splits(struct store *base, struct suspicions *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT symbol, execution_date, split_to, split_from, doubt "
	    "FROM splits WHERE doubt IS NOT NULL AND NOT confirmed "
	    "ORDER BY symbol, execution_date",
	    "");
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		struct suspicion *s = suspicions_append(out);

		if (s == NULL) {
			(void)sqlite3_reset(stmt);
			return md_nomem(e);
		}
		s->kind = SUSPICION_SPLIT;
		(void)snprintf(s->symbol, sizeof(s->symbol), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		(void)md_date_parse((const char *)sqlite3_column_text(stmt, 1),
		    &s->date);
		(void)snprintf(s->detail, sizeof(s->detail),
		    "%.17g for %.17g: %s", sqlite3_column_double(stmt, 2),
		    sqlite3_column_double(stmt, 3),
		    (const char *)sqlite3_column_text(stmt, 4));
	}
	return row == 0;
}

/* -- holes -- */

static bool
add_hole(struct sqlite_store *st, const char *symbol, int64_t from, int64_t to,
    struct hole_rows *out, struct md_error *e)
{
	struct hole_row *h = hole_rows_append(out);

	if (h == NULL)
		return md_nomem(e);
	(void)snprintf(h->symbol, sizeof(h->symbol), "%s", symbol);
	h->from_ts = from;
	h->to_ts = to;
	return price(st,
		   sqlite_bind(st, e,
		       "SELECT close FROM market_data WHERE symbol = ?1 "
		       "AND timeframe = '1d' AND ts_ms = ?2",
		       "ti", symbol, from),
		   &h->before, e) &&
	       price(st,
		   sqlite_bind(st, e,
		       "SELECT open FROM market_data WHERE symbol = ?1 "
		       "AND timeframe = '1d' AND ts_ms = ?2",
		       "ti", symbol, to),
		   &h->after, e);
}

/* How much of it was asked for and answered, with or without bars. */
static bool
answered_within(struct sqlite_store *st, int64_t series_id, int64_t from,
    int64_t to, int64_t *ms, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT sum(min(to_ts, ?3) - max(from_ts, ?2)) FROM ("
	    "SELECT from_ts, to_ts FROM coverage WHERE series_id = ?1 "
	    "AND kind <> 'denied' UNION ALL "
	    "SELECT from_ts, to_ts FROM doubts WHERE series_id = ?1) "
	    "WHERE to_ts > ?2 AND from_ts < ?3",
	    "iii", series_id, from, to);
	int row = stmt == NULL ? -1 : sqlite_row(st, stmt, e);

	if (row != 1)
		return false;
	*ms = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return true;
}

/* The holes of one series: what nobody asked for is none. */
static bool
find_holes(struct sqlite_store *st, int64_t series_id, const char *symbol,
    int64_t since, int64_t at_least, struct hole_rows *out, struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT ts FROM bars WHERE series_id = ?1 ORDER BY ts", "i",
	    series_id);
	int64_t last = INT64_MAX;
	bool good = stmt != NULL;
	int row = 0;

	while (good && (row = sqlite_row(st, stmt, e)) == 1) {
		int64_t ts = sqlite3_column_int64(stmt, 0), answered = 0;

		if (last < ts - at_least && ts > since)
			good = answered_within(st, series_id, last, ts,
				   &answered, e) &&
			       (answered < at_least ||
				   add_hole(st, symbol, last, ts, out, e));
		last = ts;
	}
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return good && row == 0;
}

/*
 * Only series with fewer bars than their days allow are read: 251 of 365 days
 * are sessions, or more.
 */
bool
sqlite_report_holes(struct store *base, int64_t at_least, struct hole_rows *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT series_id, symbol, since FROM ("
	    "SELECT r.series_id, r.symbol, r.bar_count, r.newest_ts, "
	    "ifnull(strftime('%s', s.history_from) * 1000 + 86400000, 0) AS "
	    "since, "
	    "(SELECT min(b.ts) FROM bars b WHERE b.series_id = r.series_id) "
	    "AS first_ts FROM series r JOIN symbols s USING (symbol) "
	    "WHERE r.timeframe = '1d' AND r.active AND s.active "
	    "AND s.asset_class IN ('stock', 'etf') AND r.bar_count > 1) "
	    "WHERE bar_count < (newest_ts - first_ts - ?1 / 2) / 86400000.0 "
	    "* 251 / 365 ORDER BY symbol",
	    "i", at_least);
	bool good = stmt != NULL;
	int row = 0;

	while (good && (row = sqlite_row(st, stmt, e)) == 1)
		good = find_holes(st, sqlite3_column_int64(stmt, 0),
		    (const char *)sqlite3_column_text(stmt, 1),
		    sqlite3_column_int64(stmt, 2), at_least, out, e);
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return good && row == 0;
}

/* -- adjustments -- */

static bool
replace_adjustments(struct sqlite_store *st, const struct calendar *cal,
    struct known_splits *k, md_date today, struct md_error *e)
{
	char symbol[SYMBOL_MAX];
	struct adjustment a[SPLITS_MAX];
	size_t n;
	int before;
	bool good = true;

	memcpy(symbol, k->v[0].symbol, sizeof(symbol));
	if (!keep_believed(st, cal, k, today, e))
		return false;
	n = split_adjustments(cal, k->v, k->len, today, a);
	before = sqlite3_total_changes(st->db);
	/* What differs is replaced; mostly nothing does. */
	for (size_t i = 0; good && i < n; i++)
		good = sqlite_run(st, e,
		    "INSERT INTO adjustments VALUES (?1, ?2, ?3, ?4) "
		    "ON CONFLICT DO UPDATE SET to_ts = ?3, factor = ?4 "
		    "WHERE to_ts <> ?3 OR factor <> ?4",
		    "tiid", symbol, a[i].from_ts, a[i].to_ts, a[i].factor);
	good = good &&
	       sqlite_run(st, e,
		   "DELETE FROM adjustments WHERE symbol = ?1 AND "
		   "from_ts >= ?2",
		   "ti", symbol, n > 0 ? a[n - 1].to_ts : ADJUSTMENT_SINCE);
	if (good && sqlite3_total_changes(st->db) != before)
		good = sqlite_run(st, e,
		    "UPDATE series SET features_from = (" FIRST_BAR ") "
		    "WHERE symbol = ?1",
		    "t", symbol);
	return good;
}

bool
sqlite_derive_adjustments(struct store *base, const struct calendar *cal,
    md_date today, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct known_splits k = { .len = 0 };
	char whose[SYMBOL_MAX] = "";
	sqlite3_stmt *stmt;
	bool good;
	int row = 0;

	if (!sqlite_begin(st, e))
		return false;
	stmt = sqlite_bind(st, e,
	    "SELECT symbol, execution_date, split_from, split_to, "
	    "doubt IS NOT NULL, confirmed FROM splits "
	    "ORDER BY symbol, execution_date",
	    "");
	good = stmt != NULL;
	while (good && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *symbol = (const char *)sqlite3_column_text(stmt, 0);
		const char *date = (const char *)sqlite3_column_text(stmt, 1);

		if (k.len > 0 && strcmp(whose, symbol) != 0) {
			good = replace_adjustments(st, cal, &k, today, e);
			k.len = 0;
		}
		if (k.len == SPLITS_MAX ||
		    !md_date_parse(date, &k.v[k.len].date))
			continue;
		(void)snprintf(whose, sizeof(whose), "%s", symbol);
		memcpy(k.v[k.len].symbol, whose, sizeof(whose));
		k.v[k.len].from = sqlite3_column_double(stmt, 2);
		k.v[k.len].to = sqlite3_column_double(stmt, 3);
		k.doubted[k.len] = sqlite3_column_int(stmt, 4) != 0;
		k.confirmed[k.len++] = sqlite3_column_int(stmt, 5) != 0;
	}
	good = good && row == 0 &&
	       (k.len == 0 || replace_adjustments(st, cal, &k, today, e)) &&
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
