/*
 * Waiting for the server, with an end.  libpq by itself waits as long as the
 * connection stands, and that of a server that was stopped, or of a host that
 * swallows what it is sent, stands for ever.
 *
 * The connection does not block.  A server that says nothing for a while is
 * asked, over a connection of its own, whether it is there: one that is busy
 * is waited for, up to a limit, one that is not is left.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/number.h"
#include "store/postgres/postgres.h"

#define SLICE_MS 250 /* between looks at whether the run is to stop */
/* A statement has so many silences, a script, such as a migration, a day. */
#define SILENCES 20
/* At least this long is waited, however little patience is left. */
#define LEAST_MS 1000

struct waiting {
	int64_t since, heard; /* monotonic ms */
	int64_t whole_ms;
	bool told;
};

/* How long the server may say nothing; less when the run is to stop. */
static int64_t
silence_ms(struct postgres_store *st)
{
	int64_t patience = atomic_load(&st->base.patience_ms);
	int64_t ms =
	    st->base.silence_ms > 0 ? st->base.silence_ms : st->silence_ms;

	if (patience < ms)
		ms = patience;
	return ms > LEAST_MS ? ms : LEAST_MS;
}

/*
 * Leave a server that does not answer.  Over a socket that is shut libpq reads
 * an end, and reports and forgets the connection as any that was lost.
 */
static void
leave(struct postgres_store *st, const struct waiting *w)
{
	st->unanswered_ms = md_monotonic_ms() - w->since;
	(void)shutdown(PQsocket(st->db), SHUT_RDWR);
	(void)PQconsumeInput(st->db);
}

/* Once: the server is there, but its process that serves us says nothing. */
static void
tell(const struct postgres_store *st, struct waiting *w)
{
	char waited[32], most[32];

	if (w->told || st->base.waiting.log == NULL)
		return;
	w->told = true;
	md_duration_format(w->heard - w->since, waited);
	md_duration_format(w->whole_ms, most);
	log_write(st->base.waiting.log, LOG_WARNING,
	    "store %s: the server answers others, but has not answered this "
	    "program for %s: its process %d there is busy, waits for a lock, "
	    "or was stopped; waiting for it up to %s",
	    st->url, waited, PQbackendPID(st->db), most);
}

/* Is its time over?  Then the connection is, too. */
static bool
is_over(struct postgres_store *st, struct waiting *w)
{
	int64_t now = md_monotonic_ms(), silence = silence_ms(st);

	if (now - w->since < w->whole_ms) {
		if (now - w->heard < silence)
			return false;
		if (postgres_is_there(st, silence)) {
			w->heard = md_monotonic_ms();
			tell(st, w);
			return false;
		}
	}
	leave(st, w);
	return true;
}

/*
 * Send what is to be sent and, if for_result, wait until there is a result to
 * take.  False: the connection was lost, which taking a result reports.
 */
static bool
wait_on(struct postgres_store *st, struct waiting *w, bool for_result)
{
	for (;;) {
		int unsent = PQflush(st->db), n;
		struct pollfd p = { PQsocket(st->db), POLLIN, 0 };

		if (unsent < 0 || p.fd < 0)
			return false;
		if (for_result ? PQisBusy(st->db) == 0 : unsent == 0)
			return true;
		if (unsent > 0)
			p.events |= POLLOUT;
		n = poll(&p, 1, SLICE_MS);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			w->heard = md_monotonic_ms();
			if ((p.revents & ~POLLOUT) != 0 &&
			    PQconsumeInput(st->db) != 1)
				return false;
		}
		if (is_over(st, w))
			return false;
	}
}

static struct waiting
wait_from_now(struct postgres_store *st)
{
	struct waiting w = { .since = md_monotonic_ms() };

	w.heard = w.since;
	w.whole_ms = st->base.answer_ms > 0 ? st->base.answer_ms
					    : st->silence_ms * SILENCES;
	return w;
}

bool
postgres_flush(struct postgres_store *st)
{
	struct waiting w = wait_from_now(st);

	return wait_on(st, &w, false);
}

PGresult *
postgres_result(struct postgres_store *st)
{
	struct waiting w = wait_from_now(st);

	(void)wait_on(st, &w, true);
	return PQgetResult(st->db);
}

/* Up to the last result, or to one that wants rows. */
static PGresult *
last_result(struct postgres_store *st, struct waiting *w)
{
	PGresult *last = NULL, *r;

	for (;;) {
		(void)wait_on(st, w, true);
		r = PQgetResult(st->db);
		if (r == NULL)
			return last;
		PQclear(last);
		last = r;
		if (PQresultStatus(r) == PGRES_COPY_IN ||
		    PQstatus(st->db) == CONNECTION_BAD)
			return last;
	}
}

PGresult *
postgres_exec(struct postgres_store *st, const char *sql,
    const struct params *p)
{
	struct waiting w = wait_from_now(st);

	if (p == NULL)
		w.whole_ms = st->base.answer_ms > 0 ? w.whole_ms : MD_DAY;
	/* What an earlier statement left. */
	PQclear(last_result(st, &w));
	if ((p == NULL ? PQsendQuery(st->db, sql)
		       : PQsendQueryParams(st->db, sql, p->n, p->types,
			     p->values, p->lengths, p->formats, 1)) != 1)
		return NULL;
	return last_result(st, &w);
}

/* Is there a result to take before that moment?  Else the connection is shut,
 * and reports that it was lost. */
static bool
has_result(PGconn *db, int64_t until_ms)
{
	while (PQisBusy(db)) {
		struct pollfd p = { PQsocket(db), POLLIN, 0 };
		int64_t left = until_ms - md_monotonic_ms();

		if (left <= 0)
			(void)shutdown(PQsocket(db), SHUT_RDWR);
		else if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return false;
		if ((left <= 0 || p.revents != 0) && PQconsumeInput(db) != 1)
			return false;
	}
	return true;
}

PGresult *
postgres_ask(PGconn *db, const char *sql, int64_t ms)
{
	int64_t until = md_monotonic_ms() + ms;
	PGresult *last = NULL, *r;

	if (PQsendQuery(db, sql) != 1)
		return NULL;
	while (has_result(db, until) && (r = PQgetResult(db)) != NULL) {
		PQclear(last);
		last = r;
		if (PQstatus(db) == CONNECTION_BAD)
			break;
	}
	return last;
}

#define SILENCE_MS 30000

/* What libpq calls tcp_user_timeout is what is meant by it here, too: over
 * sockets of all kinds. */
void
postgres_wait_begin(struct postgres_store *st)
{
	PQconninfoOption *all = PQconninfo(st->db);
	int64_t ms;

	st->silence_ms = SILENCE_MS;
	st->unanswered_ms = 0;
	for (const PQconninfoOption *o = all; o != NULL && o->keyword != NULL;
	     o++)
		if (strcmp(o->keyword, "tcp_user_timeout") == 0 &&
		    o->val != NULL && number_parse_int(o->val, 1, MD_DAY, &ms))
			st->silence_ms = ms;
	PQconninfoFree(all);
	(void)PQsetnonblocking(st->db, 1);
}
