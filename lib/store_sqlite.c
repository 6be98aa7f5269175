#include "store_sqlite.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "schema.h"

#define APPLICATION_ID 0x6d646b74 /* "mdkt" */
#define BUSY_MS        10000
#define PAGE_SIZE      "16384"

/* -- errors -- */

bool
sqlite_fail(struct sqlite_store *st, struct md_error *e)
{
	switch (sqlite3_errcode(st->db)) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return md_fail(e, MD_ESTORE,
		    "store %s: locked by another program for over %d s; end "
		    "that program, or wait for it, then run this again",
		    st->path, BUSY_MS / 1000);
	case SQLITE_FULL:
		return md_fail(e, MD_ESTORE,
		    "store %s: no room left on its disk; make room, then run "
		    "this again: nothing stored is lost",
		    st->path);
	case SQLITE_READONLY:
		return md_fail(e, MD_ESTORE,
		    "store %s: cannot be written; check the permissions of "
		    "the file and its folder",
		    st->path);
	case SQLITE_CORRUPT:
		return md_fail(e, MD_ESTORE,
		    "store %s: damaged (%s); restore a copy, or salvage it "
		    "with: sqlite3 OLD .recover | sqlite3 NEW",
		    st->path, sqlite3_errmsg(st->db));
	case SQLITE_NOTADB:
		return md_fail(e, MD_ESTORE,
		    "store %s: not a SQLite database; name another file with "
		    "--db",
		    st->path);
	case SQLITE_IOERR:
		return md_fail(e, MD_ESTORE,
		    "store %s: the file system failed (%s)", st->path,
		    sqlite3_errmsg(st->db));
	default:
		return md_fail(e, MD_ESTORE, "store %s: %s", st->path,
		    sqlite3_errmsg(st->db));
	}
}

/* -- statements -- */

static sqlite3_stmt *
statement(struct sqlite_store *st, const char *sql, struct md_error *e)
{
	sqlite3_stmt *stmt;

	for (size_t i = 0; i < st->statements_len; i++)
		if (st->statements[i].sql == sql)
			return st->statements[i].stmt;
	if (st->statements_len == STATEMENTS_MAX) {
		(void)md_fail(e, MD_ESTORE, "store: too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&stmt, NULL) != SQLITE_OK) {
		(void)sqlite_fail(st, e);
		return NULL;
	}
	st->statements[st->statements_len].sql = sql;
	st->statements[st->statements_len++].stmt = stmt;
	return stmt;
}

static int
bind_one(sqlite3_stmt *stmt, int i, char letter, va_list *ap)
{
	const char *text;
	int64_t n;
	double d;

	switch (letter) {
	case 'i':
		return sqlite3_bind_int64(stmt, i, va_arg(*ap, int64_t));
	case 'j':
		n = va_arg(*ap, int64_t);
		return n < 0 ? sqlite3_bind_null(stmt, i)
			     : sqlite3_bind_int64(stmt, i, n);
	case 'd':
		return sqlite3_bind_double(stmt, i, va_arg(*ap, double));
	case 'D':
		d = va_arg(*ap, double);
		return isnan(d) ? sqlite3_bind_null(stmt, i)
				: sqlite3_bind_double(stmt, i, d);
	default: /* t and T: a null pointer binds null */
		text = va_arg(*ap, const char *);
		return sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
	}
}

static sqlite3_stmt *
bind_all(struct sqlite_store *st, struct md_error *e, const char *sql,
    const char *letters, va_list *ap)
{
	sqlite3_stmt *stmt = statement(st, sql, e);

	if (stmt == NULL)
		return NULL;
	(void)sqlite3_reset(stmt); /* repeats the last step's result */
	for (int i = 0; letters[i] != '\0'; i++)
		if (bind_one(stmt, i + 1, letters[i], ap) != SQLITE_OK) {
			(void)sqlite_fail(st, e);
			return NULL;
		}
	return stmt;
}

sqlite3_stmt *
sqlite_bind(struct sqlite_store *st, struct md_error *e, const char *sql,
    const char *letters, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;

	va_start(ap, letters);
	stmt = bind_all(st, e, sql, letters, &ap);
	va_end(ap);
	return stmt;
}

int
sqlite_row(struct sqlite_store *st, sqlite3_stmt *stmt, struct md_error *e)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		(void)sqlite_fail(st, e);
	(void)sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0 : -1;
}

bool
sqlite_run(struct sqlite_store *st, struct md_error *e, const char *sql,
    const char *letters, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int row;

	va_start(ap, letters);
	stmt = bind_all(st, e, sql, letters, &ap);
	va_end(ap);
	if (stmt == NULL)
		return false;
	while ((row = sqlite_row(st, stmt, e)) == 1)
		;
	return row == 0;
}

bool
sqlite_begin(struct sqlite_store *st, struct md_error *e)
{
	return sqlite_run(st, e, "BEGIN IMMEDIATE", "");
}

bool
sqlite_end(struct sqlite_store *st, bool good, struct md_error *e)
{
	if (good && sqlite_run(st, e, "COMMIT", ""))
		return true;
	/* Some errors have rolled back already; then this one fails. */
	if (sqlite3_get_autocommit(st->db) == 0)
		(void)sqlite_run(st, NULL, "ROLLBACK", "");
	return false;
}

/* -- opening -- */

static void
sqlite_close(struct store *base)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	for (size_t i = 0; i < st->statements_len; i++)
		(void)sqlite3_finalize(st->statements[i].stmt);
	(void)sqlite3_close_v2(st->db);
	free(st->fresh);
	free(st->path);
	free(st);
}

/* SQLite's own handler sleeps up to 100 ms: a busy neighbour would starve us.
 */
static int
wait_for_lock(void *ctx, int tries)
{
	struct timespec ms = { 0, 1000000 };

	(void)ctx;
	(void)nanosleep(&ms, NULL);
	return tries < BUSY_MS;
}

static bool
script(struct sqlite_store *st, const char *sql, struct md_error *e)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       sqlite_fail(st, e);
}

static bool
integer(struct sqlite_store *st, const char *sql, int64_t *out,
    struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e, sql, "");
	int row;

	if (stmt == NULL)
		return false;
	row = sqlite_row(st, stmt, e);
	if (row == 1) {
		*out = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return row >= 0;
}

static int64_t
newest_migration(void)
{
	int64_t newest = 0;

	for (const struct schema_file *f = schema_files; f->engine != NULL; f++)
		if (strcmp(f->engine, "sqlite") == 0)
			newest = strtoll(f->name, NULL, 10);
	return newest;
}

static bool
apply(struct sqlite_store *st, const struct schema_file *f, struct md_error *e)
{
	return script(st, f->text, e) &&
	       sqlite_run(st, e,
		   "INSERT INTO schema_migrations (version, name, applied_at) "
		   "VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
		   "it", (int64_t)strtoll(f->name, NULL, 10), f->name);
}

/* In one transaction, looked at anew: two programs may open a new store. */
static bool
migrate(struct sqlite_store *st, struct md_error *e)
{
	int64_t have = 0;
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good =
	    script(st,
		"CREATE TABLE IF NOT EXISTS schema_migrations ("
		"version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
		"applied_at TEXT NOT NULL);",
		e) &&
	    integer(st, "SELECT max(version) FROM schema_migrations", &have, e);
	for (const struct schema_file *f = schema_files;
	     good && f->engine != NULL; f++)
		if (strcmp(f->engine, "sqlite") == 0 &&
		    strtoll(f->name, NULL, 10) > have)
			good = apply(st, f, e);
	good = good && script(st, "PRAGMA application_id = 1835297652", e);
	return sqlite_end(st, good, e);
}

/* What the file is: ours and how old, new, or somebody else's. */
static bool
check_schema(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	int64_t id = 0, tables = 0, version = 0, newest = newest_migration();

	if (!integer(st, "PRAGMA application_id", &id, e) ||
	    !integer(st, "SELECT count(*) FROM sqlite_master", &tables, e))
		return false;
	if (tables > 0 && id != APPLICATION_ID)
		return md_fail(e, MD_ESTORE,
		    "store %s: a database of another program; name another "
		    "file with --db",
		    st->path);
	if (tables > 0 &&
	    !integer(st, "SELECT max(version) FROM schema_migrations", &version,
		e))
		return false;
	if (version > newest)
		return md_fail(e, MD_ESTORE,
		    "store %s: made by a newer mdkit (schema %lld, this one "
		    "knows %lld); install that version or a newer one",
		    st->path, (long long)version, (long long)newest);
	if (version == newest)
		return true;
	if (readonly)
		return md_fail(e, MD_ESTORE,
		    "store %s: made by an older mdkit; run mdbackfill once to "
		    "bring it up to date",
		    st->path);
	if (tables == 0 && !script(st, "PRAGMA page_size = " PAGE_SIZE, e))
		return false;
	if (!script(st, "PRAGMA journal_mode = WAL", e))
		return false;
	return migrate(st, e);
}

static bool
open_file(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (readonly ? SQLITE_OPEN_READONLY
			      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	struct stat sb;

	if (stat(st->path, &sb) == 0 && S_ISDIR(sb.st_mode))
		return md_fail(e, MD_ESTORE,
		    "store %s: is a directory; expected a file", st->path);
	if (sqlite3_open_v2(st->path, &st->db, flags, NULL) != SQLITE_OK) {
		if (st->db == NULL)
			return md_nomem(e);
		return md_fail(e, MD_ESTORE, "store %s: cannot be opened: %s",
		    st->path,
		    sqlite3_system_errno(st->db) != 0
			? strerror(sqlite3_system_errno(st->db))
			: sqlite3_errmsg(st->db));
	}
	(void)sqlite3_extended_result_codes(st->db, 0);
	(void)sqlite3_busy_handler(st->db, wait_for_lock, NULL);
	if (!readonly && sqlite3_db_readonly(st->db, "main") == 1)
		return md_fail(e, MD_ESTORE,
		    "store %s: cannot be written; check the permissions of "
		    "the file and its folder",
		    st->path);
	return script(st,
	    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; "
	    "PRAGMA trusted_schema = OFF;",
	    e);
}

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
	if (good && whole)
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

static bool
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

static struct stored_series *
append_series(struct stored_series_list *l)
{
	struct stored_series *v;
	size_t cap;

	if (l->len == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		v = realloc(l->v, cap * sizeof(*v));
		if (v == NULL)
			return NULL;
		l->v = v;
		l->cap = cap;
	}
	v = &l->v[l->len++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* Columns: id, symbol, class, tier, timeframe, splits_checked_ms. */
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
	return tf != NULL && timeframe_parse(tf, strlen(tf), &s->timeframe) &&
	       class != NULL && asset_class_parse(class, &s->class) &&
	       tier != NULL && tier_parse(tier, &s->tier);
}

#define SERIES_COLUMNS                                                         \
	"SELECT r.series_id, r.symbol, s.asset_class, s.tier, r.timeframe, "   \
	"s.splits_checked_ms FROM series r JOIN symbols s USING (symbol) "

static bool
rows_of_series(struct sqlite_store *st, sqlite3_stmt *stmt, unsigned tiers,
    unsigned timeframes, struct stored_series_list *out, struct md_error *e)
{
	struct stored_series *s;
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		s = append_series(out);
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

static bool
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

static bool
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
	    "WHERE lease_until <= ?4 RETURNING token",
	    "itii", series_id, execution_id, now + LEASE_MS, now);
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
static bool
sqlite_release(struct store *base, const struct lease *lease,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE leases SET lease_until = 0 "
	    "WHERE series_id = ?1 AND token = ?2",
	    "ii", lease->series_id, lease->token);
}

static bool
sqlite_renew(struct store *base, const char *execution_id, int64_t now,
    struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "UPDATE leases SET lease_until = ?2 "
	    "WHERE execution_id = ?1 AND lease_until > 0",
	    "ti", execution_id, now + LEASE_MS);
}

/* -- splits -- */

static bool
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
	for (size_t i = 0; good && i < len; i++) {
		md_date_format(v[i].date, date);
		good = sqlite_run(st, e,
		    "INSERT INTO splits SELECT symbol, ?2, ?3, ?4 "
		    "FROM symbols WHERE symbol = ?1 ON CONFLICT DO NOTHING",
		    "ttdd", v[i].symbol, date, v[i].from, v[i].to);
	}
	return sqlite_end(st, good, e);
}

#define SPLITS_MAX 256 /* of one symbol */

static bool
replace_adjustments(struct sqlite_store *st, const struct calendar *cal,
    const struct split *v, size_t len, md_date today, struct md_error *e)
{
	struct adjustment a[SPLITS_MAX];
	size_t n = split_adjustments(cal, v, len, today, a);
	bool good = true;

	/* What differs is replaced; mostly nothing does. */
	for (size_t i = 0; good && i < n; i++)
		good = sqlite_run(st, e,
		    "INSERT INTO adjustments VALUES (?1, ?2, ?3, ?4) "
		    "ON CONFLICT DO UPDATE SET to_ts = ?3, factor = ?4 "
		    "WHERE to_ts <> ?3 OR factor <> ?4",
		    "tiid", v[0].symbol, a[i].from_ts, a[i].to_ts, a[i].factor);
	return good && sqlite_run(st, e,
			   "DELETE FROM adjustments WHERE symbol = ?1 AND "
			   "from_ts >= ?2",
			   "ti", v[0].symbol,
			   n > 0 ? a[n - 1].to_ts : ADJUSTMENT_SINCE);
}

static bool
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
	       (n == 0 || replace_adjustments(st, cal, v, n, today, e));
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return sqlite_end(st, good, e);
}

/* -- the log -- */

/* ISO text of a moment, or null for none. */
static const char *
moment(int64_t ms, char out[MD_TIME_MAX])
{
	if (ms == 0)
		return NULL;
	md_time_format(ms, out);
	return out;
}

static bool
sqlite_execution_put(struct store *base, const struct execution *x,
    struct md_error *e)
{
	char started[MD_TIME_MAX], completed[MD_TIME_MAX];

	return sqlite_run((struct sqlite_store *)base, e,
	    "INSERT INTO scheduler_execution_log (execution_id, started_at, "
	    "completed_at, duration_seconds, total_symbols, "
	    "successful_symbols, failed_symbols, total_records_processed, "
	    "status, error_message, host, pid, total_requests, "
	    "rate_limited_count, retry_count, bytes_received, api_seconds, "
	    "db_seconds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
	    "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) "
	    "ON CONFLICT (execution_id) DO UPDATE SET completed_at = ?3, "
	    "duration_seconds = ?4, total_symbols = ?5, "
	    "successful_symbols = ?6, failed_symbols = ?7, "
	    "total_records_processed = ?8, status = ?9, error_message = ?10, "
	    "total_requests = ?13, rate_limited_count = ?14, "
	    "retry_count = ?15, bytes_received = ?16, api_seconds = ?17, "
	    "db_seconds = ?18",
	    "tTTDiiiitTtiiiiidd", x->id, moment(x->started_ms, started),
	    moment(x->completed_ms, completed),
	    x->completed_ms == 0
		? (double)NAN
		: (double)(x->completed_ms - x->started_ms) / 1000,
	    x->total, x->successful, x->failed, x->bars.received,
	    execution_status_name(x->status),
	    x->message[0] == '\0' ? NULL : x->message, x->host, x->pid,
	    x->requests, x->rate_limited, x->retries, x->bytes, x->api_seconds,
	    x->db_seconds);
}

static bool
put_job(struct sqlite_store *st, const char *execution_id,
    const struct job_record *j, struct md_error *e)
{
	char started[MD_TIME_MAX], completed[MD_TIME_MAX];

	return sqlite_run(st, e,
	    "INSERT INTO symbol_computation_status (execution_id, symbol, "
	    "asset_class, timeframe, status, records_processed, "
	    "records_inserted, started_at, completed_at, duration_seconds, "
	    "error_message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
	    "?11) ON CONFLICT DO UPDATE SET status = ?5, "
	    "records_processed = ?6, records_inserted = ?7, started_at = ?8, "
	    "completed_at = ?9, duration_seconds = ?10, error_message = ?11",
	    "tttttiiTTDT", execution_id, j->symbol, asset_class_name(j->class),
	    timeframe_name(j->timeframe), job_status_name(j->status),
	    j->bars.received, j->bars.inserted, moment(j->started_ms, started),
	    moment(j->completed_ms, completed),
	    j->completed_ms == 0
		? (double)NAN
		: (double)(j->completed_ms - j->started_ms) / 1000,
	    j->message[0] == '\0' ? NULL : j->message);
}

static bool
sqlite_jobs_put(struct store *base, const char *execution_id,
    const struct job_record *const *v, size_t len, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	bool good = true;

	if (!sqlite_begin(st, e))
		return false;
	for (size_t i = 0; good && i < len; i++)
		good = put_job(st, execution_id, v[i], e);
	return sqlite_end(st, good, e);
}

static bool
sqlite_executions_running(struct store *base, const char *host,
    struct running_execution *out, size_t cap, size_t *len, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT execution_id, pid, started_at FROM scheduler_execution_log "
	    "WHERE status = 'running' AND host = ?1",
	    "t", host);
	int row = -1;

	*len = 0;
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		const char *started =
		    (const char *)sqlite3_column_text(stmt, 2);

		if (*len == cap)
			continue;
		(void)snprintf(out[*len].id, sizeof(out[*len].id), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		out[*len].pid = sqlite3_column_int64(stmt, 1);
		out[*len].started_ms = 0;
		(void)md_time_parse(started, &out[*len].started_ms);
		(*len)++;
	}
	return row == 0;
}

static bool
sqlite_execution_interrupt(struct store *base, const char *execution_id,
    int64_t now, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	static const char gone[] = "its process ended without a word";
	char at[MD_TIME_MAX];
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = sqlite_run(st, e,
		   "UPDATE scheduler_execution_log SET status = 'interrupted', "
		   "completed_at = ?2, error_message = ?3, "
		   "duration_seconds = (julianday(?2) - "
		   "julianday(started_at)) * 86400, "
		   "successful_symbols = (SELECT count(*) "
		   "FROM symbol_computation_status c WHERE c.execution_id = ?1 "
		   "AND c.status = 'completed') WHERE execution_id = ?1",
		   "ttt", execution_id, moment(now, at), gone) &&
	       sqlite_run(st, e,
		   "UPDATE symbol_computation_status SET status = 'failed', "
		   "completed_at = ?2, error_message = 'interrupted: ' || ?3 "
		   "WHERE execution_id = ?1 AND status = 'in_progress'",
		   "ttt", execution_id, at, gone) &&
	       sqlite_run(st, e,
		   "UPDATE leases SET lease_until = 0 WHERE execution_id = ?1",
		   "t", execution_id);
	return sqlite_end(st, good, e);
}

static const struct store_ops sqlite_ops = {
	.close = sqlite_close,
	.keep = sqlite_keep,
	.series = sqlite_series,
	.claim = sqlite_claim,
	.put_page = sqlite_put_page,
	.release = sqlite_release,
	.renew = sqlite_renew,
	.put_splits = sqlite_put_splits,
	.derive_adjustments = sqlite_derive_adjustments,
	.execution_put = sqlite_execution_put,
	.jobs_put = sqlite_jobs_put,
	.executions_running = sqlite_executions_running,
	.execution_interrupt = sqlite_execution_interrupt,
};

bool
store_sqlite_open(const char *path, bool readonly, struct store **out,
    struct md_error *e)
{
	struct sqlite_store *st;
	struct stat sb;

	*out = NULL;
	if (readonly && stat(path, &sb) != 0 && errno == ENOENT)
		return true;
	st = calloc(1, sizeof(*st));
	if (st == NULL || (st->path = strdup(path)) == NULL) {
		free(st);
		return md_nomem(e);
	}
	st->base.ops = &sqlite_ops;
	if (!open_file(st, readonly, e) || !check_schema(st, readonly, e) ||
	    !sqlite_register_page(st)) {
		sqlite_close(&st->base);
		return false;
	}
	*out = &st->base;
	return true;
}
