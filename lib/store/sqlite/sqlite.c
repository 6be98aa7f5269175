#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/schema.h"

#define APPLICATION_ID 0x6d646b74 /* "mdkt" */
#define READER_BUSY_MS 250        /* writers do not keep readers out for long */
#define PAGE_SIZE      "16384"
#define CACHE_USUAL    "-2048" /* KiB */
#define CACHE_MANY     "-32768"
#define NEAR_LIMIT     65536 /* what one write may take */

/* -- errors -- */

/* Where the file is, or would be made. */
static bool
folder_of(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');

	buf_append(out, path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
	buf_puts(out, ".");
	return buf_ok(out);
}

/* Why it cannot be written, as the file system has it: SQLite tries again to
 * read only, and then knows the second cause alone. */
static bool
unwritable(const char *path, struct md_error *e)
{
	struct buf folder = BUF_INIT;
	int file = access(path, W_OK) == 0 ? 0 : errno, around;

	if (!folder_of(path, &folder)) {
		buf_free(&folder);
		return md_nomem(e);
	}
	around = access(buf_str(&folder), W_OK) == 0 ? 0 : errno;
	buf_free(&folder);
	if (file == EROFS || around == EROFS)
		return store_fail(e, path,
		    "is on a read-only file system; name a store elsewhere "
		    "with --db");
	if (file == ENOENT && around == ENOENT)
		return store_fail(e, path,
		    "its folder does not exist; make it, or name another "
		    "store with --db");
	if (around == ENOTDIR || file == ENAMETOOLONG || file == ELOOP)
		return store_fail(e, path, "cannot be opened: %s",
		    strerror(around == ENOTDIR ? around : file));
	return store_fail(e, path,
	    "cannot be written; check the permissions of the file and its "
	    "folder");
}

/* Has one of its files come close to what ulimit -f allows?  SQLite tells of
 * that as of a full disk or of a broken one. */
static bool
is_limited(const char *path)
{
	static const char *const files[] = { "", "-wal", "-shm" };
	struct rlimit limit;
	bool reached = false;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf name = BUF_INIT;
		struct stat sb;

		buf_printf(&name, "%s%s", path, files[i]);
		if (buf_ok(&name) && stat(buf_str(&name), &sb) == 0)
			reached = reached || (rlim_t)sb.st_size + NEAR_LIMIT >=
						 limit.rlim_cur;
		buf_free(&name);
	}
	return reached;
}

/* No room, or the file system failed: by its own word where there is one. */
static bool
failed_io(const struct sqlite_store *st, bool full, struct md_error *e)
{
	int why = sqlite3_system_errno(st->db);

	if (why == EFBIG || is_limited(st->path))
		return store_fail(e, st->path,
		    "no file may become that large here; raise the limit "
		    "(ulimit -f), then run this again: nothing stored is lost");
	if (full || why == EDQUOT)
		return store_fail(e, st->path,
		    "no room left on its disk%s; make room, then run this "
		    "again: nothing stored is lost",
		    why == EDQUOT ? " for its user (a quota)" : "");
	return store_fail(e, st->path, "the file system failed (%s)",
	    sqlite3_errmsg(st->db));
}

bool
sqlite_fail(struct sqlite_store *st, struct md_error *e)
{
	int code = sqlite3_errcode(st->db);

	st->base.locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return sqlite_locked(st, e);
	case SQLITE_FULL:
		return failed_io(st, true, e);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		if (st->readonly)
			return store_fail(e, st->path,
			    "is in use, and to read it then takes "
			    "permission to write its folder; or read a copy");
		return unwritable(st->path, e);
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
		return failed_io(st, false, e);
	default:
		return store_fail(e, st->path, "%s", sqlite3_errmsg(st->db));
	}
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

bool
sqlite_script(struct store *base, const char *sql, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       sqlite_fail(st, e);
}

/*
 * What a transaction changes beyond the cache is written to the log early, and
 * again where it changes again; then the checksums of all that follows in the
 * log are computed anew.  That is a tenth of the time of storing a day of all
 * symbols.  If it fails, the cache stays as it is.
 */
void
sqlite_expect_many(struct store *st, bool many)
{
	(void)sqlite_script(st,
	    many ? "PRAGMA cache_size = " CACHE_MANY
		 : "PRAGMA cache_size = " CACHE_USUAL,
	    NULL);
}

/* *tables: their number. */
static bool
identify(struct sqlite_store *st, int64_t *tables, struct schema_identity *id,
    struct md_error *e)
{
	struct store *base = &st->base;
	int64_t application = 0;
	bool good = sqlite_script(base, "BEGIN", e) &&
		    sql_first_int(base, e, &application,
			"PRAGMA application_id", SQL_NONE) &&
		    sql_first_int(base, e, tables,
			"SELECT count(*) FROM sqlite_master", SQL_NONE);

	if (*tables > 0 && application != APPLICATION_ID)
		id->foreign = "a database of another program; name another "
			      "file with --db";
	else if (good && *tables > 0)
		good = schema_version(base, &id->version, e);
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
		    sqlite_wait(st, tries) == 0)
			return sqlite_fail(st, e);
	}
}

static bool
check_schema(struct sqlite_store *st, bool readonly, struct md_error *e)
{
	struct schema_identity id = { NULL, 0 };
	int64_t tables = 0;
	bool old;

	if (!identify(st, &tables, &id, e) ||
	    !schema_check(&st->base, &id, readonly, &old, e))
		return false;
	if (!old)
		return true;
	st->changes_mode = true;
	if ((tables == 0 && !sqlite_script(&st->base,
				"PRAGMA page_size = " PAGE_SIZE, e)) ||
	    !use_wal(st, e))
		return false;
	st->changes_mode = false;
	return schema_migrate(&st->base, e);
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
	bool still =
	    folder_of(st->path, &other) && access(buf_str(&other), W_OK) != 0;

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
		if (!readonly)
			return unwritable(st->path, e);
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
	(void)sqlite3_busy_handler(st->db, sqlite_wait, st);
	if (!readonly && sqlite3_db_readonly(st->db, "main") == 1)
		return unwritable(st->path, e);
	if (!readonly)
		sqlite_wal_begin(st);
	return sqlite_script(&st->base,
	    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = " CACHE_USUAL "; "
	    "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = OFF;",
	    e);
}

/* SQLite counts what memory it has under a lock, each time it asks for some;
 * nobody asks for the sum.  This is before it is used at all. */
static void
configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static pthread_once_t configured = PTHREAD_ONCE_INIT;

bool
store_sqlite_open(const char *path, bool readonly, struct store **out,
    struct md_error *e)
{
	struct sqlite_store *st;
	struct stat sb;

	*out = NULL;
	if (readonly && stat(path, &sb) != 0 && errno == ENOENT)
		return true;
	(void)pthread_once(&configured, configure);
	st = calloc(1, sizeof(*st));
	if (st == NULL || (st->path = strdup(path)) == NULL) {
		free(st);
		return md_nomem(e);
	}
	st->base.sql = &sqlite_driver;
	st->base.name = st->path;
	st->readonly = readonly;
	st->base.waiting = store_waits();
	atomic_store(&st->base.patience_ms,
	    store_lock_ms(&st->base,
		readonly ? READER_BUSY_MS : STORE_WAITING_MS));
	if (!open_file(st, readonly, e) || !check_schema(st, readonly, e) ||
	    !sqlite_register_tables(st)) {
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
