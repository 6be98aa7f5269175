/*
 * Waiting for locks that others hold, and who they are.  A program that stands
 * still within a transaction (^Z, SIGSTOP) keeps all others from writing; its
 * process is known from the locks of the file, what else there is to say of it
 * from the log of runs, which can be read all the same.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/sqlite/sqlite.h"
#include "sys/process.h"

#define TELL_STOPPED_MS INT64_C(1000)
#define TELL_MS         INT64_C(5000) /* of one that works */
#define STOPPING_MS     INT64_C(10000)
#define STOOD_STILL_MS  INT64_C(1000)

/* Bytes that SQLite locks: of the file beside the store with the index of its
 * log, and of the store itself (see "The WAL-Index File Format" and os.h). */
#define WAL_WRITE_LOCK   120
#define WAL_RECOVER_LOCK 122
#define WAL_READ_LOCKS   123 /* to 127 */
#define WAL_READ_LAST    127
#define PENDING_BYTE     0x40000000
#define LOCK_BYTES       512

struct holder {
	int64_t pid; /* 0: unknown */
	bool stopped;
	char program[PROCESS_NAME_SIZE];
	char host[64];
	char since[MD_TIME_MAX]; /* when the run began; "": it is none */
};

/* -- who it is -- */

/* Of the index of the log: the process of another that locks that byte. */
static int64_t
locks_index(const struct sqlite_store *st, int64_t byte)
{
	struct buf index = BUF_INIT;
	int64_t pid = 0;

	buf_printf(&index, "%s-shm", st->path);
	if (buf_ok(&index))
		pid = process_locking(buf_str(&index), byte, 1, true);
	buf_free(&index);
	return pid == (int64_t)getpid() ? 0 : pid;
}

static int64_t
find_pid(const struct sqlite_store *st)
{
	int64_t pid = locks_index(st, WAL_WRITE_LOCK);

	if (pid == 0)
		pid = locks_index(st, WAL_RECOVER_LOCK);
	/* What keeps out readers.  All who use the store have a lock there that
	 * keeps nobody out but one who changes how it is kept. */
	if (pid == 0)
		pid = process_locking(st->path, PENDING_BYTE, LOCK_BYTES,
		    st->changes_mode);
	return pid == (int64_t)getpid() ? 0 : pid;
}

/* From the log of runs, by a connection of its own: the store's is in the midst
 * of a statement. */
static void
find_run(const struct sqlite_store *st, struct holder *h)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(st->path, &db,
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY,
		NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db,
		"SELECT started_at FROM scheduler_execution_log "
		"WHERE status = 'running' AND host = ?1 AND pid = ?2",
		-1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 1, h->host, -1, SQLITE_STATIC) ==
		SQLITE_OK &&
	    sqlite3_bind_int64(stmt, 2, h->pid) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		(void)snprintf(h->since, sizeof(h->since), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		md_printable(h->since);
	}
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
}

static struct holder
look_at(const struct sqlite_store *st, int64_t pid)
{
	struct holder h = { .pid = pid };

	if (pid == 0)
		return h;
	h.stopped = process_look(h.pid, h.program);
	if (gethostname(h.host, sizeof(h.host)) != 0)
		h.host[0] = '\0';
	h.host[sizeof(h.host) - 1] = '\0';
	find_run(st, &h);
	return h;
}

static void
describe(const struct holder *h, struct buf *out)
{
	if (h->pid == 0) {
		buf_puts(out, "another program");
		return;
	}
	buf_printf(out, "%s (pid %lld",
	    h->program[0] == '\0' ? "a program" : h->program,
	    (long long)h->pid);
	if (h->host[0] != '\0')
		buf_printf(out, " on %s", h->host);
	if (h->since[0] != '\0')
		buf_printf(out, ", running since %s", h->since);
	buf_putc(out, ')');
	if (h->stopped)
		buf_puts(out, ", which is stopped");
}

/* -- waiting -- */

static int64_t
patience(const struct sqlite_store *st)
{
	int64_t ms = atomic_load(&st->base.patience_ms);

	if (st->base.waiting.stop != NULL && *st->base.waiting.stop != 0 &&
	    ms > STOPPING_MS)
		ms = STOPPING_MS;
	return ms;
}

/* A short wait for one that works is nothing to speak of. */
static void
tell(struct sqlite_store *st, int64_t waited)
{
	struct buf who = BUF_INIT;
	char most[32], again[48] = "";
	struct holder h;

	if (st->base.waiting.log == NULL)
		return;
	h = look_at(st, find_pid(st));
	if (!h.stopped && waited < TELL_MS)
		return;
	st->wait.told = true;
	describe(&h, &who);
	md_duration_format(patience(st), most);
	if (h.stopped)
		(void)snprintf(again, sizeof(again),
		    "; kill -CONT %lld lets it go on", (long long)h.pid);
	if (buf_ok(&who))
		log_write(st->base.waiting.log, LOG_WARNING,
		    "store %s: locked by %s; waiting for it for up to %s%s",
		    st->path, buf_str(&who), most, again);
	buf_free(&who);
}

/* SQLite's own handler sleeps up to 100 ms: a busy neighbour would starve us.
 */
int
sqlite_wait(void *ctx, int tries)
{
	struct sqlite_store *st = ctx;
	struct timespec nap = { 0, 1000000 };
	int64_t now = md_monotonic_ms(), waited;

	if (tries == 0) {
		st->wait.since_ms = st->wait.last_ms = now;
		st->wait.told = false;
	}
	/* While we were stopped ourselves nobody waited. */
	if (now - st->wait.last_ms > STOOD_STILL_MS)
		st->wait.since_ms += now - st->wait.last_ms;
	st->wait.last_ms = now;
	waited = now - st->wait.since_ms;
	if (waited >= patience(st))
		return 0;
	if (!st->wait.told &&
	    (waited >= TELL_MS ||
		(waited >= TELL_STOPPED_MS && tries % 128 == 0)))
		tell(st, waited);
	if (waited > TELL_MS)
		nap.tv_nsec *= 20;
	(void)nanosleep(&nap, NULL);
	return 1;
}

bool
sqlite_locked(struct sqlite_store *st, struct md_error *e)
{
	struct buf text = BUF_INIT;
	struct holder h;
	char waited[32];

	/* To look for it costs a process: not for one who does not listen. */
	if (e == NULL)
		return false;
	h = look_at(st, find_pid(st));
	if (st->wait.last_ms - st->wait.since_ms >= 1000) {
		md_duration_format(st->wait.last_ms - st->wait.since_ms,
		    waited);
		buf_printf(&text, "for over %s ", waited);
	}
	buf_puts(&text, "by ");
	describe(&h, &text);
	if (h.stopped)
		buf_printf(&text,
		    "; let it go on with kill -CONT %lld, or end it",
		    (long long)h.pid);
	else
		buf_puts(&text, "; end that program, or wait for it longer "
				"(--store-timeout)");
	(void)store_fail(e, st->path, "locked %s, then run this again",
	    buf_ok(&text) ? buf_str(&text) : "by another program: end it");
	buf_free(&text);
	return false;
}

void
sqlite_log_grows(struct sqlite_store *st, int64_t bytes)
{
	struct buf who = BUF_INIT;
	struct holder h;
	int64_t pid = 0;

	if (st->told_growth || st->base.waiting.log == NULL)
		return;
	st->told_growth = true;
	for (int64_t b = WAL_READ_LOCKS; pid == 0 && b <= WAL_READ_LAST; b++)
		pid = locks_index(st, b);
	if (pid == 0)
		return;
	h = look_at(st, pid);
	describe(&h, &who);
	if (h.stopped)
		buf_printf(&who, "; kill -CONT %lld lets it go on",
		    (long long)h.pid);
	if (buf_ok(&who))
		log_write(st->base.waiting.log, LOG_WARNING,
		    "store %s: the log beside it (-wal) is of %lld MB and "
		    "grows, since an old state is read by %s",
		    st->path, (long long)(bytes >> 20), buf_str(&who));
	buf_free(&who);
}
