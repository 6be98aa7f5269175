/*
 * The budget of requests that runs share.  All of them use one clock: the
 * server's, or where there is no server, their host's.
 */
#include "base/mdtime.h"
#include "store/sql.h"
#include "store/vendor.h"

#define SERVER_US "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

/* The host's clock, $2, is for SQLite; a server reads its own instead. */
#define FOR_CLOCK(st, text) sql_for(st, text("$2"), text(SERVER_US))

/* What is read of a budget: the clock, its sharers, its row.  $3: SEEN. */
#define BUDGET_COLUMNS(now)                                                    \
	now ", (SELECT count(*) FROM rate_sharers s WHERE s.budget = $1 "      \
	    "AND s.seen_us > " now " - $3), "                                  \
	    "rate_budget.next_us, rate_budget.ahead_us, "                      \
	    "rate_budget.paused_until_us, rate_budget.lessons, "               \
	    "coalesce(rate_budget.per_minute, 0), "                            \
	    "rate_budget.paced_from_us, rate_budget.provisional "

#define READ_BUDGET(now)                                                       \
	"SELECT " BUDGET_COLUMNS(now) "FROM (SELECT 1) AS one "                \
				      "LEFT JOIN rate_budget ON "              \
				      "rate_budget.budget = $1"

/* In SQLite who writes at all keeps the others out. */
#define HOLD_BUDGET(now)                                                       \
	"INSERT INTO rate_budget (budget, next_us, ahead_us, "                 \
	"paused_until_us, lessons, per_minute, paced_from_us, provisional) "   \
	"VALUES ($1, 0, 0, 0, 0, 0, 0, FALSE) "                                \
	"ON CONFLICT (budget) DO UPDATE SET next_us = rate_budget.next_us "    \
	"RETURNING " BUDGET_COLUMNS(now)

/* *now: the clock; the row is zeroed where there is none. */
static bool
ask_budget(struct store *st, const char *sql, const char *id,
    struct budget_answer *a, int64_t *now, struct md_error *e)
{
	struct budget *b = &a->state.row;
	struct sql_rows r;

	sql_select(&r, st, e, sql,
	    SQL_VALUES(sql_text(id), sql_int(md_now_us()),
		sql_int(BUDGET_SEEN_US)));
	if (sql_next(&r)) {
		*now = sql_column_int(&r, 0);
		a->ahead_us = *now - md_monotonic_us();
		a->state.sharers = sql_column_int(&r, 1);
		b->next_us = sql_column_int(&r, 2);
		b->ahead_us = sql_column_int(&r, 3);
		b->paused_until_us = sql_column_int(&r, 4);
		b->lessons = sql_column_int(&r, 5);
		b->per_minute = sql_column_real(&r, 6);
		b->paced_from_us = sql_column_int(&r, 7);
		b->provisional = sql_column_bool(&r, 8);
	}
	return sql_end(&r);
}

struct use_budget {
	const char *id;
	double per_minute;
	int64_t want;
	struct budget_answer *answer;
	const struct budget_limit *limit; /* null: slots are taken */
};

/* The row is held first, and the clock read after that: the wait for it may
 * have been long. */
static bool
use_budget(struct store *st, void *ctx, struct md_error *e)
{
	const struct use_budget *u = ctx;
	struct budget *b = &u->answer->state.row;
	int64_t now = 0;

	/* Nothing waits for its disk: a crash forgets a moment's pace. */
	if (st->sql->is_postgres &&
	    !sql_run(st, e,
		"SELECT set_config('synchronous_commit', 'off', true) "
		"WHERE current_setting('synchronous_commit', true) IS NOT NULL",
		SQL_NONE))
		return false;
	if (!ask_budget(st,
		sql_for(st, READ_BUDGET("$2"), HOLD_BUDGET(SERVER_US)), u->id,
		u->answer, &now, e))
		return false;
	if (u->limit != NULL)
		budget_limited(b, now, u->limit);
	else
		u->answer->grant =
		    budget_reserve(b, now, u->per_minute, u->want);
	return sql_run(st, e,
	    "INSERT INTO rate_budget (budget, next_us, ahead_us, "
	    "paused_until_us, lessons, per_minute, paced_from_us, "
	    "provisional) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
	    "ON CONFLICT (budget) DO UPDATE SET next_us = $2, ahead_us = $3, "
	    "paused_until_us = $4, lessons = $5, per_minute = $6, "
	    "paced_from_us = $7, provisional = $8",
	    SQL_VALUES(sql_text(u->id), sql_int(b->next_us),
		sql_int(b->ahead_us), sql_int(b->paused_until_us),
		sql_int(b->lessons), sql_real(b->per_minute),
		sql_int(b->paced_from_us), sql_bool(b->provisional)));
}

bool
store_budget_reserve_slots(struct store *st, const char *id, double per_minute,
    int64_t want, struct budget_answer *out, struct md_error *e)
{
	struct use_budget u = { id, per_minute, want, out, NULL };

	return sql_write(st, use_budget, &u, e);
}

bool
store_budget_limited(struct store *st, const char *id,
    const struct budget_limit *l, struct md_error *e)
{
	struct budget_answer a;
	struct use_budget u = { id, 0, 0, &a, l };

	return sql_write(st, use_budget, &u, e);
}

bool
store_budget_read(struct store *st, const char *id, struct budget_answer *out,
    struct md_error *e)
{
	int64_t now;

	return ask_budget(st, FOR_CLOCK(st, READ_BUDGET), id, out, &now, e);
}

/* -- who shares it -- */

#define JOIN(now)                                                              \
	"INSERT INTO rate_sharers (budget, execution_id, seen_us) "            \
	"VALUES ($1, $3, " now ") ON CONFLICT (budget, execution_id) "         \
	"DO UPDATE SET seen_us = excluded.seen_us"
#define FORGET(now) "DELETE FROM rate_sharers WHERE seen_us <= " now " - $1"

struct sharer {
	const char *id, *execution_id;
};

static bool
join(struct store *st, void *ctx, struct md_error *e)
{
	const struct sharer *s = ctx;
	struct sql_value now = sql_int(md_now_us());

	return sql_run(st, e, FOR_CLOCK(st, JOIN),
		   SQL_VALUES(sql_text(s->id), now,
		       sql_text(s->execution_id))) &&
	       sql_run(st, e, FOR_CLOCK(st, FORGET),
		   SQL_VALUES(sql_int(2 * BUDGET_SEEN_US), now));
}

bool
store_budget_join(struct store *st, const char *id, const char *execution_id,
    struct md_error *e)
{
	struct sharer s = { id, execution_id };

	return sql_write(st, join, &s, e);
}

bool
store_budget_leave(struct store *st, const char *id, const char *execution_id,
    struct md_error *e)
{
	return sql_change(st, e, NULL,
	    "DELETE FROM rate_sharers WHERE budget = $1 AND execution_id = $2",
	    SQL_VALUES(sql_text(id), sql_text(execution_id)));
}

/* -- what was learnt of the limit -- */

#define LESSON_US INT64_C(86400000000)

#define READ_LIMIT(now)                                                        \
	"SELECT per_minute, sure, per_second, most, recent, (" now             \
	" - learnt_us) / 1000 FROM rate_limits WHERE budget = $1 "             \
	"AND learnt_us <= " now " AND learnt_us > " now " - $3"

bool
store_limit_read(struct store *st, const char *id, struct limit_lesson *out,
    struct md_error *e)
{
	struct sql_rows r;

	*out = (struct limit_lesson){ .per_minute = 0 };
	sql_select(&r, st, e, FOR_CLOCK(st, READ_LIMIT),
	    SQL_VALUES(sql_text(id), sql_int(md_now_us()), sql_int(LESSON_US)));
	if (sql_next(&r)) {
		out->per_minute = sql_column_int(&r, 0);
		out->sure = sql_column_int(&r, 1);
		out->per_second = sql_column_real(&r, 2);
		out->most = sql_column_int(&r, 3);
		out->recent = sql_column_int(&r, 4);
		out->age_ms = sql_column_int(&r, 5);
	}
	return sql_end(&r);
}

#define KEEP_LIMIT(now)                                                        \
	"INSERT INTO rate_limits (budget, per_minute, sure, per_second, "      \
	"most, recent, learnt_us) VALUES ($1, $3, $4, $5, $6, $7, " now ") "   \
	"ON CONFLICT (budget) DO UPDATE SET per_minute = $3, sure = $4, "      \
	"per_second = $5, most = $6, recent = $7, "                            \
	"learnt_us = excluded.learnt_us"

bool
store_limit_keep(struct store *st, const char *id, const struct limit_lesson *l,
    struct md_error *e)
{
	return sql_change(st, e, NULL, FOR_CLOCK(st, KEEP_LIMIT),
	    SQL_VALUES(sql_text(id), sql_int(md_now_us()),
		sql_int(l->per_minute), sql_int(l->sure),
		sql_real(l->per_second), sql_int(l->most), sql_int(l->recent)));
}
