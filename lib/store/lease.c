/*
 * Leases: who may write a series.
 */
#include "store/page.h"
#include "store/sql.h"

/* The transaction advances the lease, which a takeover prevents. */
bool
lease_hold(struct store *st, const struct lease *l, int64_t wall,
    struct md_error *e)
{
	int64_t changed;

	if (!sql_run_counted(st, e, &changed,
		"UPDATE leases SET lease_until = $3 WHERE series_id = $1 "
		"AND token = $2 AND execution_id = $4",
		SQL_VALUES(sql_int(l->series_id), sql_int(l->token),
		    sql_time(wall + st->lease_ms), sql_text(l->execution_id))))
		return false;
	return changed == 1 ||
	       md_fail(e, MD_ELEASE, "another run took the series over");
}
