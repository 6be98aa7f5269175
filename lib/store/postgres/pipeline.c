/*
 * Statements that are sent without waiting for the answer to those before, so
 * that many cost the way to the server and back once.
 */
#include <assert.h>
#include <stdio.h>

#include "store/postgres/postgres.h"

#ifndef LIBPQ_HAS_PIPELINING
#error "libpq 14 or newer is needed (of the library, not of the server)"
#endif

bool
postgres_piped(const struct postgres_store *st)
{
	return PQpipelineStatus(st->db) != PQ_PIPELINE_OFF;
}

/* -- sending -- */

bool
postgres_pipe(struct postgres_store *st, enum piped kind, const char *sql,
    const struct sql_value *v, size_t n, struct md_error *e)
{
	struct pipeline *l = &st->pipeline;
	struct params p;
	bool sent;

	/* Answers are taken before more is sent, and not thrown away. */
	assert(st->in_transaction && !l->synced);
	if (l->asked == 0 && l->len >= PIPELINE_MAX - SQL_ASKED_MAX &&
	    !postgres_settle(st, e))
		return false;
	assert(l->len < PIPELINE_MAX);
	if (!params_of(&p, v, n, e))
		return false;
	sent = (postgres_piped(st) || PQenterPipelineMode(st->db) == 1) &&
	       PQsendQueryParams(st->db, sql, p.n, p.types, p.values, p.lengths,
		   p.formats, 1) == 1;
	params_free(&p);
	if (!sent)
		return postgres_fail(st, NULL, e);
	l->kinds[l->len++] = kind;
	l->asked += kind == PIPED_ASKED;
	return true;
}

/* -- answers -- */

/* What is left unread is thrown away. */
void
postgres_pipe_end(struct postgres_store *st)
{
	struct pipeline *l = &st->pipeline;
	PGresult *r;
	bool synced = false;

	if (!postgres_piped(st))
		return;
	if (!l->synced)
		l->synced = PQpipelineSync(st->db) == 1;
	/* Each statement's results end with a null. */
	for (size_t nulls = 0; l->synced && !synced && nulls <= l->len + 1;) {
		r = postgres_result(st);
		nulls += r == NULL;
		synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		PQclear(r);
	}
	l->len = l->at = l->asked = 0;
	l->synced = false;
	(void)PQexitPipelineMode(st->db);
}

/* The next statement's. */
static PGresult *
next_result(struct postgres_store *st)
{
	PGresult *r = postgres_result(st), *more;

	while (r != NULL && (more = postgres_result(st)) != NULL)
		PQclear(more);
	return r;
}

static bool
is_good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return r != NULL &&
	       (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK);
}

/* Up to one that was asked for, or, where out is null, the end. */
static bool
take_result(struct postgres_store *st, PGresult **out, struct md_error *e)
{
	struct pipeline *l = &st->pipeline;
	bool taken = false;

	if (!l->synced)
		l->synced = PQpipelineSync(st->db) == 1;
	while (!taken && l->at < l->len) {
		enum piped kind = l->kinds[l->at++];
		PGresult *r = next_result(st);

		if (!is_good(r)) {
			(void)postgres_fail(st, r, e);
			PQclear(r);
			postgres_pipe_end(st);
			return false;
		}
		if (kind == PIPED_NUMBER)
			(void)snprintf(st->number, sizeof(st->number), "%s",
			    PQgetvalue(r, 0, 0));
		taken = kind == PIPED_ASKED && out != NULL;
		if (taken)
			*out = r;
		else
			PQclear(r);
	}
	if (l->at == l->len)
		postgres_pipe_end(st);
	return true;
}

PGresult *
postgres_answer(struct postgres_store *st, struct md_error *e)
{
	PGresult *r = NULL;

	return take_result(st, &r, e) ? r : NULL;
}

bool
postgres_settle(struct postgres_store *st, struct md_error *e)
{
	return !postgres_piped(st) || take_result(st, NULL, e);
}
