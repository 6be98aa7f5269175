/*
 * How well the objectives were kept, day by day.
 */
#include <string.h>

#include "store/operator.h"
#include "store/sql.h"

/* Longer than anybody looks back. */
#define KEPT_DAYS 90

bool
store_compliance_read(struct store *st, md_date first, md_date last,
    struct compliance_days *out, int64_t *through, struct md_error *e)
{
	struct compliance_day *d = NULL;
	struct sql_rows r;
	enum tier tier;
	md_date day;

	*through = 0;
	if (!sql_first_int(st, e, through,
		"SELECT through_ms FROM objective_hours WHERE id = 1",
		SQL_NONE))
		return false;
	sql_select(&r, st, e,
	    "SELECT day, tier, looks, within FROM objective_days "
	    "WHERE day >= $1 AND day <= $2 ORDER BY day",
	    SQL_VALUES(sql_date(first), sql_date(last)));
	while (sql_next(&r)) {
		if (!sql_column_date(&r, 0, &day) ||
		    !tier_parse(sql_column_text(&r, 1), &tier))
			return sql_broken(&r, "a day of an objective");
		if (d == NULL || d->day != day) {
			d = compliance_days_append(out);
			if (d == NULL)
				return sql_nomem(&r);
			d->day = day;
		}
		d->tier[tier].looks = sql_column_int(&r, 2);
		d->tier[tier].within = sql_column_int(&r, 3);
	}
	return sql_end(&r);
}

struct counting {
	const struct compliance_days *days;
	int64_t was, through;
};

static bool
add_day(struct store *st, const struct compliance_day *d, enum tier tier,
    struct md_error *e)
{
	const struct compliance_count *c = &d->tier[tier];

	return c->looks == 0 ||
	       sql_run(st, e,
		   "INSERT INTO objective_days (day, tier, looks, within) "
		   "VALUES ($1, $2, $3, $4) ON CONFLICT (day, tier) DO UPDATE "
		   "SET looks = objective_days.looks + excluded.looks, "
		   "within = objective_days.within + excluded.within",
		   SQL_VALUES(sql_date(d->day), sql_text(tier_name(tier)),
		       sql_int(c->looks), sql_int(c->within)));
}

/* Who comes second finds that these hours are counted. */
static bool
count(struct store *st, void *ctx, struct md_error *e)
{
	const struct counting *c = ctx;
	int64_t changed = 0;
	bool good = sql_run_counted(st, e, &changed,
	    "INSERT INTO objective_hours (id, through_ms) VALUES (1, $2) "
	    "ON CONFLICT (id) DO UPDATE SET through_ms = $2 "
	    "WHERE objective_hours.through_ms = $1",
	    SQL_VALUES(sql_int(c->was), sql_int(c->through)));

	if (!good || changed == 0)
		return good;
	for (size_t i = 0; good && i < c->days->len; i++)
		for (int t = 0; good && t < TIER_COUNT; t++)
			good = add_day(st, &c->days->v[i], (enum tier)t, e);
	return good &&
	       sql_run(st, e, "DELETE FROM objective_days WHERE day < $1",
		   SQL_VALUES(sql_date((md_date)(c->through / MD_DAY) -
				       KEPT_DAYS)));
}

bool
store_compliance_add(struct store *st, const struct compliance_days *days,
    int64_t was, int64_t through, struct md_error *e)
{
	struct counting c = { days, was, through };

	return sql_write(st, count, &c, e);
}
