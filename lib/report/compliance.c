#include "report/compliance.h"

#include "base/integer.h"
#include "store/operator.h"
#include "store/report.h"

/* A clock that is so far ahead was wrong. */
#define AHEAD_MS MD_DAY

static md_date
day_of(int64_t ms)
{
	return (md_date)(ms / MD_DAY);
}

/* The days hold those hours. */
static void
add_hours(const struct freshness_query *q, const struct series_rows *rows,
    int64_t through, int64_t until, struct compliance_days *out)
{
	struct freshness_query at = *q;
	struct mark m;

	at.now_ms = until;
	for (size_t i = 0; i < rows->len; i++) {
		freshness_judge(&at, &rows->v[i], &m);
		compliance_add(out, rows->v[i].tier, through, until,
		    m.status == STALENESS_MISSING, m.age_ms, m.rpo_ms);
	}
}

/* From where on hours are not counted yet. */
static int64_t
begin_of(int64_t through, int64_t until)
{
	int64_t first = until - COMPLIANCE_DAYS * MD_DAY;

	return max64(compliance_hour(through), first);
}

bool
compliance_count_hours(struct store *st, const struct freshness_query *q,
    struct md_error *e)
{
	int64_t until = compliance_hour(q->now_ms), was, from;
	struct compliance_days days = { NULL, 0, 0 };
	struct series_rows rows = { NULL, 0, 0 };
	bool good = store_compliance_read(st, 0, -1, &days, &was, e);

	if (!good || (was >= until && was - until <= AHEAD_MS))
		return good;
	from = was == 0 || was > until ? until : begin_of(was, until);
	good = store_report_series(st, &rows, e) &&
	       (compliance_days_fill(&days, day_of(from), day_of(until)) ||
		   md_nomem(e));
	if (good) {
		add_hours(q, &rows, from, until, &days);
		good = store_compliance_add(st, &days, was, until, e);
	}
	compliance_days_free(&days);
	series_rows_free(&rows);
	return good;
}

bool
compliance_read(struct store *st, const struct freshness_query *q,
    const struct series_rows *rows, struct compliance_days *out,
    struct md_error *e)
{
	int64_t until = compliance_hour(q->now_ms), through;
	md_date today = day_of(q->now_ms);
	md_date first = today - COMPLIANCE_DAYS + 1;

	if (!store_compliance_read(st, first, today, out, &through, e))
		return false;
	if (!compliance_days_fill(out, first, today))
		return md_nomem(e);
	if (through > 0 && through < until)
		add_hours(q, rows, begin_of(through, until), until, out);
	return true;
}
