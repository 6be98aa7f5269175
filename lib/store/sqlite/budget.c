/*
 * The budget of requests that runs share.  One host, one clock: the wall's.
 */
#include <string.h>

#include "base/mdtime.h"
#include "store/sqlite/sqlite.h"

static bool
read_budget(struct sqlite_store *st, const char *id, struct budget *b,
    struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT next_us, ahead_us, paused_until_us, lessons, per_minute, "
	    "paced_from_us, provisional FROM rate_budget WHERE budget = ?1",
	    "t", id);
	int row = -1;

	memset(b, 0, sizeof(*b));
	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1) {
		b->next_us = sqlite3_column_int64(stmt, 0);
		b->ahead_us = sqlite3_column_int64(stmt, 1);
		b->paused_until_us = sqlite3_column_int64(stmt, 2);
		b->lessons = sqlite3_column_int64(stmt, 3);
		b->per_minute = sqlite3_column_double(stmt, 4);
		b->paced_from_us = sqlite3_column_int64(stmt, 5);
		b->provisional = sqlite3_column_int64(stmt, 6) != 0;
	}
	return row == 0;
}

static bool
write_budget(struct sqlite_store *st, const char *id, const struct budget *b,
    struct md_error *e)
{
	return sqlite_run(st, e,
	    "INSERT INTO rate_budget (budget, next_us, ahead_us, "
	    "paused_until_us, lessons, per_minute, paced_from_us, "
	    "provisional) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
	    "ON CONFLICT (budget) DO UPDATE SET next_us = ?2, ahead_us = ?3, "
	    "paused_until_us = ?4, lessons = ?5, per_minute = ?6, "
	    "paced_from_us = ?7, provisional = ?8",
	    "tiiiidii", id, b->next_us, b->ahead_us, b->paused_until_us,
	    b->lessons, b->per_minute, b->paced_from_us,
	    (int64_t)b->provisional);
}

static bool
count_sharers(struct sqlite_store *st, const char *id, int64_t now, int64_t *n,
    struct md_error *e)
{
	sqlite3_stmt *stmt = sqlite_bind(st, e,
	    "SELECT count(*) FROM rate_sharers WHERE budget = ?1 "
	    "AND seen_us > ?2",
	    "ti", id, now - BUDGET_SEEN_US);
	int row = -1;

	while (stmt != NULL && (row = sqlite_row(st, stmt, e)) == 1)
		*n = sqlite3_column_int64(stmt, 0);
	return row == 0;
}

bool
sqlite_budget_reserve_slots(struct store *base, const char *id,
    double per_minute, int64_t want, struct budget_answer *out,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct budget *b = &out->state.row;
	int64_t now;
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	/* Not before the lock was had: that may have taken long. */
	now = md_now_us();
	out->ahead_us = now - md_monotonic_us();
	good = read_budget(st, id, b, e) &&
	       count_sharers(st, id, now, &out->state.sharers, e);
	if (good) {
		out->grant = budget_reserve(b, now, per_minute, want);
		good = write_budget(st, id, b, e);
	}
	return sqlite_end(st, good, e);
}

bool
sqlite_budget_limited(struct store *base, const char *id,
    const struct budget_limit *l, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	struct budget b;
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = read_budget(st, id, &b, e);
	if (good) {
		budget_limited(&b, md_now_us(), l);
		good = write_budget(st, id, &b, e);
	}
	return sqlite_end(st, good, e);
}

bool
sqlite_budget_read(struct store *base, const char *id,
    struct budget_answer *out, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	int64_t now = md_now_us();

	out->ahead_us = now - md_monotonic_us();
	return read_budget(st, id, &out->state.row, e) &&
	       count_sharers(st, id, now, &out->state.sharers, e);
}

bool
sqlite_budget_join(struct store *base, const char *id, const char *execution_id,
    struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;
	int64_t now = md_now_us();
	bool good;

	if (!sqlite_begin(st, e))
		return false;
	good = sqlite_run(st, e,
		   "INSERT INTO rate_sharers (budget, execution_id, seen_us) "
		   "VALUES (?1, ?2, ?3) ON CONFLICT (budget, execution_id) "
		   "DO UPDATE SET seen_us = ?3",
		   "tti", id, execution_id, now) &&
	       sqlite_run(st, e, "DELETE FROM rate_sharers WHERE seen_us <= ?1",
		   "i", now - 2 * BUDGET_SEEN_US);
	return sqlite_end(st, good, e);
}

bool
sqlite_budget_leave(struct store *base, const char *id,
    const char *execution_id, struct md_error *e)
{
	return sqlite_run((struct sqlite_store *)base, e,
	    "DELETE FROM rate_sharers WHERE budget = ?1 AND execution_id = ?2",
	    "tt", id, execution_id);
}
