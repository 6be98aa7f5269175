/*
 * The connection: making it, making it anew, statements, transactions, and
 * what the server's complaints mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "store/postgres/postgres.h"

#define COLLISIONS 20 /* of the same kind, one after another */

/* -- errors -- */

/* On one line. */
static void
join_lines(const char *words, char *out, size_t size)
{
	size_t len = 0;

	for (; *words != '\0' && len + 3 < size; words++) {
		if (*words != '\n') {
			out[len++] = *words == '\t' ? ' ' : *words;
			continue;
		}
		while (words[1] == '\t' || words[1] == ' ' || words[1] == '\n')
			words++;
		if (words[1] != '\0') {
			out[len++] = ';';
			out[len++] = ' ';
		}
	}
	out[len] = '\0';
	md_printable(out);
}

/* The server's words on one line, and not the password that it was told. */
static void
one_line(const PGconn *db, const char *words, char *out, size_t size)
{
	const char *password = PQpass(db);
	char *whole = strdup(words);

	if (whole == NULL) {
		(void)snprintf(out, size, "out of memory");
		return;
	}
	if (password != NULL)
		secret_mask(whole, strlen(whole), password);
	join_lines(whole, out, size);
	free(whole);
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
fail_connection(struct postgres_store *st, struct md_error *e)
{
	const char *words = PQerrorMessage(st->db);

	st->last.again = true;
	if (st->unanswered_ms > 0)
		(void)snprintf(st->lost, sizeof(st->lost),
		    "the server has not answered for %lld s; is it stopped, or "
		    "its host away?",
		    (long long)(st->unanswered_ms + 500) / 1000);
	else if (words[0] == '\0')
		(void)snprintf(st->lost, sizeof(st->lost),
		    "the connection was lost");
	else if (st->lost[0] == '\0' || !starts(words, "no connection"))
		one_line(st->db, words, st->lost, sizeof(st->lost));
	/* libpq's own words, of a host that was not taken. */
	if (strstr(st->lost, "session is read-only") != NULL)
		return store_fail(e, st->url,
		    "cannot be written: no server that it names is a primary "
		    "(a standby takes no writes); name the primary, or it and "
		    "the standby, or promote one: %s",
		    st->lost);
	return store_fail(e, st->url, "%s", st->lost);
}

/* Is it the server going away, or not yet there? */
static bool
is_going(const char *state)
{
	return starts(state, "08") || starts(state, "57P0") ||
	       strcmp(state, "25P03") == 0 || strcmp(state, "53300") == 0;
}

bool
postgres_fail(struct postgres_store *st, const PGresult *r, struct md_error *e)
{
	const char *state =
	    r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
	char words[400], waited[32];

	/* A standby that is in haste ends the session, too: which of the two,
	 * or whether it went away, a lost connection does not tell. */
	st->last.cancelled =
	    st->readonly && (PQstatus(st->db) == CONNECTION_BAD ||
				(state != NULL && strcmp(state, "40001") == 0));
	if (st->last.cancelled)
		st->base.cancelled = true;
	st->base.locked = false;
	if (state == NULL || PQstatus(st->db) == CONNECTION_BAD)
		return fail_connection(st, e);
	one_line(st->db, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY), words,
	    sizeof(words));
	st->last.again = is_going(state) || strcmp(state, "40001") == 0 ||
			 strcmp(state, "40P01") == 0;
	st->last.collided = strcmp(state, "23505") == 0 ||
			    strcmp(state, "42P07") == 0 ||
			    strcmp(state, "42710") == 0;
	/* A check that failed has a name, a partition that is lacking has none;
	 * the message may be in the server's language. */
	st->last.no_partition =
	    strcmp(state, "23514") == 0 &&
	    PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME) == NULL;
	st->last.overlaps = strcmp(state, "42P17") == 0;
	st->base.locked = strcmp(state, "55P03") == 0;
	if (st->base.locked) {
		md_duration_format(store_lock_ms(&st->base, STORE_WAITING_MS),
		    waited);
		return store_fail(e, st->url,
		    "locked for over %s by another program; end "
		    "that program, or wait for it longer (--store-timeout), "
		    "then run this again",
		    waited);
	}
	if (strcmp(state, "53100") == 0)
		return store_fail(e, st->url,
		    "no room left on its disk; make room, then run "
		    "this again: nothing stored is lost");
	if (strcmp(state, "25006") == 0)
		return store_fail(e, st->url,
		    "cannot be written: the server, or this "
		    "database, is read-only (a standby?)");
	return store_fail(e, st->url, "%s", words);
}

/* What failed at last: an error that was got over leaves no trace. */
static bool
give_up(struct md_error *e, const struct md_error *failed)
{
	if (e != NULL)
		*e = *failed;
	return false;
}

/* -- connecting -- */

/* Defaults of ours, where the user says nothing. */
static const struct {
	const char *keyword, *value;
	bool environment; /* knows it too */
} settings[] = {
	{ "client_encoding", "UTF8", false },
	{ "fallback_application_name", "mdkit", false },
	{ "connect_timeout", "10", true },
	/* A host that vanished is noticed within a minute. */
	{ "keepalives_idle", "20", false },
	{ "keepalives_interval", "10", false },
	{ "keepalives_count", "3", false },
	{ "tcp_user_timeout", "30000", false },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Has libpq another default, from its environment or service file? */
static bool
is_set(const PQconninfoOption *defaults, const char *keyword)
{
	for (; defaults != NULL && defaults->keyword != NULL; defaults++)
		if (strcmp(defaults->keyword, keyword) == 0)
			return defaults->val != NULL &&
			       defaults->val[0] != '\0';
	return false;
}

/* The server's warnings are for nobody: what matters fails. */
static void
ignore_notice(void *ctx, const PGresult *r)
{
	(void)ctx;
	(void)r;
}

/* A writer has no use for a standby, whatever is good for its readers. */
static const struct postgres_word primary[] = {
	{ "target_session_attrs", "read-write" },
	{ NULL, NULL },
};
static const struct postgres_word whatever[] = { { NULL, NULL } };

#define WORDS_MAX 8

struct words {
	const char *keywords[SETTINGS + WORDS_MAX];
	const char *values[SETTINGS + WORDS_MAX];
	size_t n;
};

static void
add_word(struct words *w, const char *keyword, const char *value)
{
	w->keywords[w->n] = keyword;
	w->values[w->n++] = value;
	w->keywords[w->n] = w->values[w->n] = NULL;
}

/* What a connection is made with; it borrows the store's URI, and the words
 * that overrule it. */
static struct words
words_of(const struct postgres_store *st, const struct postgres_word *more)
{
	struct words w = { .n = 0 };
	PQconninfoOption *defaults = PQconndefaults();

	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].environment &&
		    is_set(defaults, settings[i].keyword))
			continue;
		add_word(&w, settings[i].keyword, settings[i].value);
	}
	PQconninfoFree(defaults);
	/* After them: what the user says there wins. */
	add_word(&w, "dbname", st->url);
	for (; more->keyword != NULL; more++)
		if (more->value != NULL)
			add_word(&w, more->keyword, more->value);
	return w;
}

bool
postgres_is_there(struct postgres_store *st, int64_t ms)
{
	char timeout[24];
	struct words w = words_of(st, whatever);
	PGPing ping;

	(void)snprintf(timeout, sizeof(timeout), "%lld",
	    ms < 10000 ? (long long)(ms + 999) / 1000 : 10);
	add_word(&w, "connect_timeout", timeout);
	ping = PQpingParams(w.keywords, w.values, 1);
	return ping == PQPING_OK || ping == PQPING_REJECT;
}

PGconn *
postgres_dial(const struct postgres_store *st,
    const struct postgres_word *words)
{
	struct words w = words_of(st, words);
	PGconn *db = PQconnectdbParams(w.keywords, w.values, 1);

	if (db != NULL)
		(void)PQsetNoticeReceiver(db, ignore_notice, NULL);
	return db;
}

bool
postgres_connect(struct postgres_store *st, struct md_error *e)
{
	PQfinish(st->db);
	st->in_transaction = false;
	memset(&st->pipeline, 0, sizeof(st->pipeline));
	st->db = postgres_dial(st, st->readonly ? whatever : primary);
	if (st->db == NULL)
		return md_nomem(e);
	postgres_wait_begin(st);
	st->last.cancelled = false;
	if (PQstatus(st->db) == CONNECTION_OK) {
		st->lost[0] = '\0';
		if (postgres_server_check(st, e))
			return true;
		PQfinish(st->db);
		st->db = NULL;
		return false;
	}
	(void)fail_connection(st, e);
	if (PQconnectionNeedsPassword(st->db) != 0 && e != NULL)
		return store_fail(e, st->url,
		    "the server wants a password: set PGPASSWORD, "
		    "or put it into ~/.pgpass or a service file");
	return false;
}

/* How long it has been tried again, and how often. */
struct patience {
	int64_t since_us; /* 0: not yet */
	int tries;
	int collisions;
	bool told;
};

#define TELL_US INT64_C(2000000) /* a shorter wait is nothing to speak of */

/* Whoever is to stop is no longer patient, also where a thread of it opens a
 * store that nobody else knows yet. */
static int64_t
patience_ms(struct postgres_store *st)
{
	const struct store_waiting *w = &st->base.waiting;
	int64_t ms = atomic_load(&st->base.patience_ms);

	return w->stop != NULL && *w->stop != 0 && ms > STORE_WAITING_MS
		   ? STORE_WAITING_MS
		   : ms;
}

static void
pause_ms(struct postgres_store *st, int64_t ms)
{
	struct timespec slice = { 0, 20000000 };

	for (; ms > 0 && atomic_load(&st->base.patience_ms) > 0; ms -= 20)
		(void)nanosleep(&slice, NULL);
}

/* Once of each long wait: what failed, and how long it is tried again. */
static void
tell(struct postgres_store *st, struct patience *p,
    const struct md_error *failed)
{
	char most[32];

	if (p->told || st->base.waiting.log == NULL ||
	    md_monotonic_us() - p->since_us < TELL_US)
		return;
	p->told = true;
	md_duration_format(patience_ms(st), most);
	log_write(st->base.waiting.log, LOG_WARNING,
	    "%s; trying again for up to %s", failed->text, most);
}

/*
 * After a failure that passes: waits a little, and is connected when true.
 * False: *e tells of what failed.
 */
static bool
try_again(struct postgres_store *st, struct patience *p, struct md_error *e)
{
	bool collided = st->last.collided && ++p->collisions <= COLLISIONS;
	int64_t wait;

	if (p->since_us == 0)
		p->since_us = md_monotonic_us();
	/* Readers are told at once, but of what a standby broke off. */
	while ((st->last.again || collided) &&
	       (!st->readonly ||
		   (st->last.cancelled && p->tries < STORE_READS_MAX)) &&
	       atomic_load(&st->base.patience_ms) > 0) {
		/* Not all at once: many workers lose a server together. */
		wait = 20 << (p->tries < 6 ? p->tries : 6);
		wait += (md_monotonic_us() / 7 + (int64_t)p->tries) % wait;
		if (md_monotonic_us() - p->since_us + wait * 1000 >
		    patience_ms(st) * 1000) {
			/* What comes next does not wait all over again. */
			atomic_store(&st->base.patience_ms, 0);
			return false;
		}
		p->tries++;
		tell(st, p, e);
		pause_ms(st, wait);
		st->last.again = st->last.collided = false;
		if (PQstatus(st->db) == CONNECTION_OK ||
		    postgres_connect(st, e))
			return true;
		collided = false;
	}
	return false;
}

/* A server that is there, but starting up or shutting down, is waited for. */
bool
postgres_connect_first(struct postgres_store *st, struct md_error *e)
{
	struct words w = words_of(st, whatever);
	struct patience patience = { 0 };
	struct md_error first;

	if (postgres_connect(st, &first))
		return true;
	if (!st->readonly &&
	    PQpingParams(w.keywords, w.values, 1) == PQPING_REJECT &&
	    try_again(st, &patience, &first))
		return true;
	return give_up(e, &first);
}

/* -- statements -- */

static PGresult *
send(struct postgres_store *st, const char *sql, const struct params *p,
    struct md_error *e)
{
	PGresult *r = postgres_exec(st, sql, p);
	ExecStatusType status = PQresultStatus(r);

	if (r != NULL &&
	    (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK))
		return r;
	(void)postgres_fail(st, r, e);
	PQclear(r);
	return NULL;
}

PGresult *
postgres_query(struct postgres_store *st, struct md_error *e, const char *sql,
    const struct sql_value *v, size_t n)
{
	struct patience patience = { 0 };
	struct md_error failed;
	struct params p;
	PGresult *r;

	st->last = (struct postgres_failure){ false };
	if (postgres_piped(st))
		return postgres_pipe(st, PIPED_ASKED, sql, v, n, e)
			   ? postgres_answer(st, e)
			   : NULL;
	if (!params_of(&p, v, n, e))
		return NULL;
	while ((r = send(st, sql, &p, &failed)) == NULL)
		if (st->in_transaction || !try_again(st, &patience, &failed)) {
			(void)give_up(e, &failed);
			break;
		}
	params_free(&p);
	return r;
}

bool
postgres_run(struct postgres_store *st, struct md_error *e, int64_t *changed,
    const char *sql, const struct sql_value *v, size_t n)
{
	PGresult *r = postgres_query(st, e, sql, v, n);

	if (r == NULL)
		return false;
	if (changed != NULL)
		*changed = postgres_changed(r);
	PQclear(r);
	return true;
}

int64_t
postgres_changed(PGresult *r)
{
	return strtoll(PQcmdTuples(r), NULL, 10);
}

bool
postgres_script(struct store *base, const char *sql, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	ExecStatusType status;
	PGresult *r;
	bool good;

	if (!postgres_settle(st, e))
		return false;
	r = postgres_exec(st, sql, NULL);
	status = PQresultStatus(r);
	good = r != NULL &&
	       (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
	if (!good)
		(void)postgres_fail(st, r, e);
	PQclear(r);
	return good;
}

/* -- transactions -- */

static void
roll_back(struct postgres_store *st)
{
	struct postgres_failure last = st->last;

	postgres_pipe_end(st);
	if (PQstatus(st->db) == CONNECTION_OK &&
	    PQtransactionStatus(st->db) != PQTRANS_IDLE)
		(void)postgres_script(&st->base, "ROLLBACK", NULL);
	st->in_transaction = false;
	st->last = last;
	st->last.again = last.again || PQstatus(st->db) != CONNECTION_OK;
}

/* A COMMIT of a transaction that has failed is a ROLLBACK. */
static bool
commit(struct postgres_store *st, struct md_error *e)
{
	PGresult *r;
	bool good;

	/* Should the answer be lost. */
	if (st->has_xact_status && st->number[0] == '\0' &&
	    !postgres_settle(st, e))
		return false;
	if (!postgres_pipe(st, PIPED_ASKED, "COMMIT", SQL_NONE, e) ||
	    (r = postgres_answer(st, e)) == NULL)
		return false;
	good = strcmp(PQcmdStatus(r), "COMMIT") == 0;
	if (!good)
		(void)store_fail(e, st->url, "the transaction was rolled back");
	PQclear(r);
	return good;
}

enum fate { FATE_COMMITTED, FATE_ABORTED, FATE_OPEN };

/* What became of the transaction whose commit was not answered? */
static enum fate
fate_of(struct postgres_store *st, const char *id)
{
	const struct params p = { .n = 1, .values = { id } };
	PGresult *r = postgres_exec(st, "SELECT pg_xact_status($1::xid8)", &p);
	enum fate fate = FATE_ABORTED;

	if (PQresultStatus(r) == PGRES_TUPLES_OK) {
		if (strcmp(PQgetvalue(r, 0, 0), "committed") == 0)
			fate = FATE_COMMITTED;
		else if (strcmp(PQgetvalue(r, 0, 0), "in progress") == 0)
			fate = FATE_OPEN;
	} else if (PQstatus(st->db) != CONNECTION_OK)
		fate = FATE_OPEN;
	PQclear(r);
	return fate;
}

/* Compiling a plan over many partitions takes longer than to run it. */
#define NOT_COMPILED "SET LOCAL jit = off"

static bool
later(struct postgres_store *st, const char *sql, struct md_error *e)
{
	return postgres_pipe(st, PIPED_LATER, sql, SQL_NONE, e);
}

/*
 * Goes with the first statement.  A process that stands still in a transaction
 * must not keep others from its rows for longer than a lease holds: then the
 * server ends its session.  The transaction's number is there before the
 * commit is sent: to ask for it when the answer to that is lost.
 */
static bool
begin(struct postgres_store *st, struct md_error *e)
{
	char timeout[48], idle[80];
	long long patience = atomic_load(&st->base.patience_ms);
	long long most = store_lock_ms(&st->base, STORE_WAITING_MS);

	if (patience > most)
		patience = most;
	/* 0 would be for ever. */
	(void)snprintf(timeout, sizeof(timeout),
	    "SET LOCAL lock_timeout = %lld", patience > 0 ? patience : 1);
	(void)snprintf(idle, sizeof(idle),
	    "SET LOCAL idle_in_transaction_session_timeout = %lld",
	    (long long)st->base.lease_ms);
	return later(st, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
		   e) &&
	       later(st, timeout, e) &&
	       (!st->idles_for_ever || later(st, idle, e)) &&
	       (!st->has_jit || later(st, NOT_COMPILED, e)) &&
	       (!st->has_xact_status ||
		   postgres_pipe(st, PIPED_NUMBER,
		       "SELECT pg_current_xact_id()::text", SQL_NONE, e));
}

/* Once; st->number is left when the commit may have been done unanswered. */
static bool
attempt(struct postgres_store *st, sql_work *work, void *ctx,
    struct md_error *e)
{
	st->number[0] = '\0';
	st->last = (struct postgres_failure){ false };
	st->in_transaction = true;
	if (!begin(st, e) || !work(&st->base, ctx, e)) {
		st->number[0] = '\0';
		roll_back(st);
		return false;
	}
	if (commit(st, e)) {
		st->in_transaction = false;
		return true;
	}
	/* Answered, if with an error: it was not committed. */
	if (PQstatus(st->db) == CONNECTION_OK)
		st->number[0] = '\0';
	roll_back(st);
	return false;
}

bool
postgres_write(struct store *base, sql_work *work, void *ctx,
    struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	struct patience patience = { 0 };
	struct md_error failed;
	enum fate fate;
	unsigned moves;

	for (;;) {
		moves = atomic_load(&st->base.moves);
		if (attempt(st, work, ctx, &failed))
			return true;
		do {
			if (!try_again(st, &patience, &failed))
				return give_up(e, &failed);
			/* The number may be another's where a standby took
			 * over: what was done is then done again. */
			fate = st->number[0] == '\0' ||
				       moves != atomic_load(&st->base.moves)
				   ? FATE_ABORTED
				   : fate_of(st, st->number);
			st->last.again = true;
		} while (fate == FATE_OPEN);
		if (fate == FATE_COMMITTED)
			return true;
	}
}

bool
postgres_read_begin(struct store *base, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;

	base->cancelled = false;
	if (PQstatus(st->db) != CONNECTION_OK && !postgres_connect(st, e))
		return false;
	st->in_transaction = postgres_run(st, e, NULL,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", SQL_NONE);
	if (!st->in_transaction)
		return false;
	if (!st->has_jit || later(st, NOT_COMPILED, e))
		return true;
	roll_back(st);
	return false;
}

void
postgres_read_end(struct store *base)
{
	roll_back((struct postgres_store *)base);
}
