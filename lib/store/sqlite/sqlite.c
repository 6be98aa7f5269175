#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/schema.h"

#define APPLICATION_ID 0x6d646b74 /* "mdkt" */
#define BUSY_MS        10000
#define READER_BUSY_MS 250 /* writers do not keep readers out for long */
#define PAGE_SIZE      "16384"

/* -- errors -- */

bool
sqlite_fail(struct sqlite_store *st, struct md_error *e)
{
	switch (sqlite3_errcode(st->db)) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		if (st->readonly)
			return store_fail(e, st->path,
			    "locked by another program; end that "
			    "program, or wait for it, then run this again");
		return store_fail(e, st->path,
		    "locked by another program for over %d s; end "
		    "that program, or wait for it, then run this again",
		    BUSY_MS / 1000);
	case SQLITE_FULL:
		return store_fail(e, st->path,
		    "no room left on its disk; make room, then run "
		    "this again: nothing stored is lost");
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		if (st->readonly)
			return store_fail(e, st->path,
			    "is in use, and to read it then takes "
			    "permission to write its folder; or read a copy");
		return store_fail(e, st->path,
		    "cannot be written; check the permissions of "
		    "the file and its folder");
	case SQLITE_CORRUPT:
		return store_fail(e, st->path,
		    "damaged (%s); restore a copy, or salvage it "
		    "with: sqlite3 OLD .recover | sqlite3 NEW",
		    sqlite3_errmsg(st->db));
	case SQLITE_NOTADB:
		return store_fail(e, st->path,
		    "not a SQLite database; name another file with "
		    "--db");
	case SQLITE_IOERR:
		return store_fail(e, st->path, "the file system failed (%s)",
		    sqlite3_errmsg(st->db));
	default:
		return store_fail(e, st->path, "%s", sqlite3_errmsg(st->db));
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
bind_one(sqlite3_stmt *stmt, int i, const struct sql_value *v)
{
	char text[MD_TIME_MAX];

	if (v->null)
		return sqlite3_bind_null(stmt, i);
	switch (v->type) {
	case SQL_REAL:
		return sqlite3_bind_double(stmt, i, v->d);
	case SQL_TEXT:
		return sqlite3_bind_text(stmt, i, v->text, -1,
		    SQLITE_TRANSIENT);
	case SQL_STAMP:
		md_time_format(v->n, text);
		return sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
	case SQL_DATE:
		md_date_format((md_date)v->n, text);
		return sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
	case SQL_INT:
	case SQL_BOOL:
	case SQL_TIME:
		break;
	}
	return sqlite3_bind_int64(stmt, i, v->n);
}

/* SQLite numbers parameters in the order in which the text names them. */
sqlite3_stmt *
sqlite_bind(struct sqlite_store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	static const char *const names[SQL_PARAMS_MAX] = { "$1", "$2", "$3",
		"$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13",
		"$14", "$15", "$16", "$17", "$18", "$19", "$20", "$21", "$22",
		"$23", "$24" };
	sqlite3_stmt *stmt = statement(st, sql, e);

	if (stmt != NULL)
		(void)sqlite3_reset(stmt); /* repeats the last step's result */
	for (size_t k = 0; stmt != NULL && k < n; k++) {
		int i = sqlite3_bind_parameter_index(stmt, names[k]);

		if (i > 0 && bind_one(stmt, i, &v[k]) != SQLITE_OK) {
			(void)sqlite_fail(st, e);
			return NULL;
		}
	}
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
    const struct sql_value *v, size_t n)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e, sql, v, n);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		;
	return row == 0;
}

bool
sqlite_begin(struct sqlite_store *st, struct md_error *e)
{
	return sqlite_run(st, e, "BEGIN IMMEDIATE", SQL_NONE);
}

bool
sqlite_end(struct sqlite_store *st, bool good, struct md_error *e)
{
	if (good && sqlite_run(st, e, "COMMIT", SQL_NONE))
		return true;
	/* Some errors have rolled back already; then this one fails. */
	if (sqlite3_get_autocommit(st->db) == 0)
		(void)sqlite_run(st, NULL, "ROLLBACK", SQL_NONE);
	return false;
}

/* -- opening -- */

void
sqlite_close(struct store *base)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	for (size_t i = 0; i < st->statements_len; i++)
		(void)sqlite3_finalize(st->statements[i].stmt);
	sqlite_wal_end(st);
	(void)sqlite3_close_v2(st->db);
	merge_free(&st->base.merge);
	free(st->path);
	free(st);
}

/* SQLite's own handler sleeps up to 100 ms: a busy neighbour would starve us.
 */
static int
wait_for_lock(void *ctx, int tries)
{
	struct sqlite_store *st = ctx;
	struct timespec ms = { 0, 1000000 };

	if (tries >= atomic_load(&st->base.patience_ms))
		return 0;
	(void)nanosleep(&ms, NULL);
	return 1;
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
	sqlite3_stmt *stmt = sqlite_bind(st, e, sql, SQL_NONE);
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

static bool
apply(struct sqlite_store *st, const struct schema_file *f, struct md_error *e)
{
	return script(st, f->text, e) &&
	       sqlite_run(st, e,
		   "INSERT INTO schema_migrations (version, name, applied_at) "
		   "VALUES ($1, $2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
		   SQL_VALUES(sql_int(strtoll(f->name, NULL, 10)),
		       sql_text(f->name)));
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

/* What the file is, as of one moment: another program may be making it. */
struct identity {
	int64_t application, tables, version;
};

static bool
identify(struct sqlite_store *st, struct identity *id, struct md_error *e)
{
	bool good =
	    script(st, "BEGIN", e) &&
	    integer(st, "PRAGMA application_id", &id->application, e) &&
	    integer(st, "SELECT count(*) FROM sqlite_master", &id->tables, e);

	if (good && id->tables > 0 && id->application == APPLICATION_ID)
		good = integer(st, "SELECT max(version) FROM schema_migrations",
		    &id->version, e);
	return sqlite_end(st, good, e);
}

/* The change of the journal does not wait for locks by itself. */
static bool
use_wal(struct sqlite_store *st, struct md_error *e)
{
	for (int tries = 0;; tries++) {
		if (sqlite3_exec(st->db, "PRAGMA journal_mode = WAL", NULL,
			NULL, NULL) == SQLITE_OK)
			return true;
		if (sqlite3_errcode(st->db) != SQLITE_BUSY ||
		    wait_for_lock(st, tries) == 0)
			return sqlite_fail(st, e);
	}
}

/* Ours and how old, new, or somebody else's. */
static bool
check_schema(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	struct identity id = { 0, 0, 0 };
	int64_t newest = schema_newest("sqlite");

	if (!identify(st, &id, e))
		return false;
	if (id.tables > 0 && id.application != APPLICATION_ID)
		return store_fail(e, st->path,
		    "a database of another program; name another "
		    "file with --db");
	if (id.version > newest)
		return store_fail(e, st->path,
		    "made by a newer mdkit (schema %lld, this one "
		    "knows %lld); install that version or a newer one",
		    (long long)id.version, (long long)newest);
	if (id.version == newest)
		return true;
	if (readonly)
		return store_fail(e, st->path,
		    "made by an older mdkit; run mdbackfill once to "
		    "bring it up to date");
	if (id.tables == 0 && !script(st, "PRAGMA page_size = " PAGE_SIZE, e))
		return false;
	return use_wal(st, e) && migrate(st, e);
}

/*
 * SQLite reads such a store through files beside it, which it would have to
 * make.  In a folder that we cannot write, and nobody writes to the store,
 * it is read as it stands.
 */
bool
sqlite_is_quiescent(const struct sqlite_store *st)
{
	struct buf other = BUF_INIT;
	const char *slash = strrchr(st->path, '/');
	bool still;

	buf_append(&other, st->path,
	    slash == NULL ? 0 : (size_t)(slash - st->path) + 1);
	buf_puts(&other, ".");
	still = buf_ok(&other) && access(buf_str(&other), W_OK) != 0;
	buf_clear(&other);
	buf_printf(&other, "%s-wal", st->path);
	still = still && buf_ok(&other) && access(buf_str(&other), F_OK) != 0;
	buf_free(&other);
	return still;
}

/* The path as SQLite's URI with that query. */
static void
uri_of(const char *path, const char *query, struct buf *out)
{
	buf_puts(out, "file:");
	for (const char *p = path; *p != '\0'; p++)
		if (strchr("?#%", *p) != NULL)
			buf_printf(out, "%%%02X", (unsigned char)*p);
		else
			buf_putc(out, *p);
	buf_printf(out, "?%s", query);
}

static bool
open_handle(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	int flags = SQLITE_OPEN_NOMUTEX |
		    (readonly ? SQLITE_OPEN_READONLY
			      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	struct buf uri = BUF_INIT;
	int rc;

	st->immutable = readonly && sqlite_is_quiescent(st);
	if (st->immutable) {
		uri_of(st->path, "immutable=1", &uri);
		rc = buf_ok(&uri) ? sqlite3_open_v2(buf_str(&uri), &st->db,
					flags | SQLITE_OPEN_URI, NULL)
				  : SQLITE_NOMEM;
		buf_free(&uri);
	} else
		rc = sqlite3_open_v2(st->path, &st->db, flags, NULL);
	if (rc != SQLITE_OK) {
		if (st->db == NULL)
			return md_nomem(e);
		return store_fail(e, st->path, "cannot be opened: %s",
		    sqlite3_system_errno(st->db) != 0
			? strerror(sqlite3_system_errno(st->db))
			: sqlite3_errmsg(st->db));
	}
	return true;
}

static bool
open_file(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	struct stat sb;

	if (stat(st->path, &sb) == 0 && S_ISDIR(sb.st_mode))
		return store_fail(e, st->path,
		    "is a directory; expected a file");
	if (!open_handle(st, readonly, e))
		return false;
	(void)stat(st->path, &st->file);
	(void)sqlite3_extended_result_codes(st->db, 0);
	(void)sqlite3_busy_handler(st->db, wait_for_lock, st);
	if (!readonly && sqlite3_db_readonly(st->db, "main") == 1)
		return store_fail(e, st->path,
		    "cannot be written; check the permissions of "
		    "the file and its folder");
	if (!readonly)
		sqlite_wal_begin(st);
	return script(st,
	    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; "
	    "PRAGMA trusted_schema = OFF;",
	    e);
}

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
	st->base.sql = &sqlite_driver;
	st->base.name = st->path;
	st->readonly = readonly;
	atomic_store(&st->base.patience_ms,
	    readonly ? READER_BUSY_MS : BUSY_MS);
	if (!open_file(st, readonly, e) || !check_schema(st, readonly, e) ||
	    !sqlite_register_page(st) || !sqlite_register_features(st)) {
		sqlite_close(&st->base);
		return false;
	}
	*out = &st->base;
	return true;
}

const char *
store_sqlite_library_version(void)
{
	return sqlite3_libversion();
}
