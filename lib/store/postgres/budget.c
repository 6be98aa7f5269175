/*
 * The budget of requests that runs share.  Many hosts, one clock: the server's.
 */
#include <string.h>

#include "base/mdtime.h"
#include "store/postgres/postgres.h"

#define NOW_US "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

/* What is read of a budget: the clock, its sharers, its row.  $2: SEEN. */
#define BUDGET_COLUMNS                                                         \
	NOW_US ", (SELECT count(*) FROM rate_sharers s WHERE s.budget = $1 "   \
	       "AND s.seen_us > " NOW_US " - $2), "                            \
	       "b.next_us, b.ahead_us, b.paused_until_us, b.lessons, "         \
	       "b.per_minute, b.paced_from_us, b.provisional "

struct use_budget {
	const char *id;
	double per_minute;
	int64_t want;
	struct budget_answer *answer;
	const struct budget_limit *limit; /* null: slots are taken */
};

/* *now: the server's clock; the row is zeroed where there is none. */
static bool
read_answer(PGresult *r, struct budget_answer *a, int64_t *now)
{
	struct budget *b = &a->state.row;

	if (r == NULL)
		return false;
	*now = postgres_int(r, 0, 0);
	a->ahead_us = *now - md_monotonic_us();
	a->state.sharers = postgres_int(r, 0, 1);
	b->next_us = postgres_int(r, 0, 2);
	b->ahead_us = postgres_int(r, 0, 3);
	b->paused_until_us = postgres_int(r, 0, 4);
	b->lessons = postgres_int(r, 0, 5);
	b->per_minute = postgres_null(r, 0, 6) ? 0 : postgres_double(r, 0, 6);
	b->paced_from_us = postgres_int(r, 0, 7);
	b->provisional = postgres_int(r, 0, 8) != 0;
	PQclear(r);
	return true;
}

/*
 * The row is made or locked, and what is returned is read after that: the wait
 * for the lock may have been long.
 */
static PGresult *
hold_budget(struct postgres_store *st, const char *id, struct md_error *e)
{
	return postgres_query(st, e,
	    "INSERT INTO rate_budget AS b (budget, next_us, ahead_us, "
	    "paused_until_us, lessons, per_minute, paced_from_us, "
	    "provisional) VALUES ($1, 0, 0, 0, 0, 0, 0, false) "
	    "ON CONFLICT (budget) DO UPDATE SET next_us = b.next_us "
	    "RETURNING " BUDGET_COLUMNS,
	    "ti", id, BUDGET_SEEN_US);
}

static bool
use_budget(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct use_budget *u = ctx;
	struct budget *b = &u->answer->state.row;
	int64_t now;

	/* Nothing waits for its disk: a crash forgets a moment's pace. */
	if (st->has_async &&
	    !postgres_later(st, e, "SET LOCAL synchronous_commit = off", ""))
		return false;
	if (!read_answer(hold_budget(st, u->id, e), u->answer, &now))
		return false;
	if (u->limit != NULL)
		budget_limited(b, now, u->limit);
	else
		u->answer->grant =
		    budget_reserve(b, now, u->per_minute, u->want);
	return postgres_later(st, e,
	    "UPDATE rate_budget SET next_us = $2, ahead_us = $3, "
	    "paused_until_us = $4, lessons = $5, per_minute = $6, "
	    "paced_from_us = $7, provisional = $8 WHERE budget = $1",
	    "tiiiidib", u->id, b->next_us, b->ahead_us, b->paused_until_us,
	    b->lessons, b->per_minute, b->paced_from_us, (int)b->provisional);
}

bool
postgres_budget_reserve_slots(struct store *base, const char *id,
    double per_minute, int64_t want, struct budget_answer *out,
    struct md_error *e)
{
	struct use_budget u = { id, per_minute, want, out, NULL };

	return postgres_write((struct postgres_store *)base, use_budget, &u, e);
}

bool
postgres_budget_limited(struct store *base, const char *id,
    const struct budget_limit *l, struct md_error *e)
{
	struct budget_answer a;
	struct use_budget u = { id, 0, 0, &a, l };

	return postgres_write((struct postgres_store *)base, use_budget, &u, e);
}

bool
postgres_budget_read(struct store *base, const char *id,
    struct budget_answer *out, struct md_error *e)
{
	int64_t now;

	return read_answer(postgres_query((struct postgres_store *)base, e,
			       "SELECT " BUDGET_COLUMNS
			       "FROM (SELECT 1) AS one "
			       "LEFT JOIN rate_budget b ON b.budget = $1",
			       "ti", id, BUDGET_SEEN_US),
	    out, &now);
}

/* -- who shares it -- */

struct sharer {
	const char *id, *execution_id;
};

static bool
join(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct sharer *s = ctx;

	return postgres_run(st, e, NULL,
		   "INSERT INTO rate_sharers (budget, execution_id, seen_us) "
		   "VALUES ($1, $2, " NOW_US ") "
		   "ON CONFLICT (budget, execution_id) "
		   "DO UPDATE SET seen_us = excluded.seen_us",
		   "tt", s->id, s->execution_id) &&
	       postgres_run(st, e, NULL,
		   "DELETE FROM rate_sharers WHERE seen_us <= " NOW_US " - $1",
		   "i", 2 * BUDGET_SEEN_US);
}

bool
postgres_budget_join(struct store *base, const char *id,
    const char *execution_id, struct md_error *e)
{
	struct sharer s = { id, execution_id };

	return postgres_write((struct postgres_store *)base, join, &s, e);
}

static bool
leave(struct postgres_store *st, void *ctx, struct md_error *e)
{
	const struct sharer *s = ctx;

	return postgres_run(st, e, NULL,
	    "DELETE FROM rate_sharers WHERE budget = $1 AND execution_id = $2",
	    "tt", s->id, s->execution_id);
}

bool
postgres_budget_leave(struct store *base, const char *id,
    const char *execution_id, struct md_error *e)
{
	struct sharer s = { id, execution_id };

	return postgres_write((struct postgres_store *)base, leave, &s, e);
}
