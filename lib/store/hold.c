/*
 * Runs on hold.
 */
#include <string.h>

#include "store/operator.h"
#include "store/sql.h"

bool
store_hold_read(struct store *st, struct hold *out, struct md_error *e)
{
	struct sql_rows r;

	memset(out, 0, sizeof(*out));
	sql_select(&r, st, e,
	    "SELECT reason, held_by, since_ms FROM holds WHERE id = 1",
	    SQL_NONE);
	if (sql_next(&r)) {
		sql_copy_text(out->reason, sizeof(out->reason), &r, 0);
		sql_copy_text(out->by, sizeof(out->by), &r, 1);
		out->since_ms = sql_column_int(&r, 2);
		/* Whatever somebody else wrote there: there is a row. */
		if (out->since_ms <= 0)
			out->since_ms = 1;
	}
	return sql_end(&r);
}

struct putting {
	const struct hold *wanted;
	struct hold there;
	bool put;
};

static bool
put(struct store *st, void *ctx, struct md_error *e)
{
	struct putting *p = ctx;
	int64_t changed = 0;

	if (!sql_run_counted(st, e, &changed,
		"INSERT INTO holds (id, reason, held_by, since_ms) "
		"VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING",
		SQL_VALUES(sql_text(p->wanted->reason), sql_text(p->wanted->by),
		    sql_int(p->wanted->since_ms))))
		return false;
	p->put = changed > 0;
	return store_hold_read(st, &p->there, e);
}

bool
store_hold_put(struct store *st, struct hold *hold, bool *was_put,
    struct md_error *e)
{
	struct putting p = { .wanted = hold };

	if (!sql_write(st, put, &p, e))
		return false;
	*hold = p.there;
	*was_put = p.put;
	return true;
}

static bool
end(struct store *st, void *ctx, struct md_error *e)
{
	return store_hold_read(st, ctx, e) &&
	       sql_run(st, e, "DELETE FROM holds WHERE id = 1", SQL_NONE);
}

bool
store_hold_end(struct store *st, struct hold *was, struct md_error *e)
{
	return sql_write(st, end, was, e);
}
